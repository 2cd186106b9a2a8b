import {
  type ActiveDeployment,
  type Failure,
  isLost,
  type Member,
  type Observed,
  type Wanted,
} from "./rollout.ts";

/** Time for a node to fetch the artefact and start the process, before the start timeout begins. */
export const PREPARE_TIMEOUT_MS = 120_000;
/** Time for every gateway to take new routes. */
export const ACKNOWLEDGE_TIMEOUT_MS = 60_000;

const OLD_SERVES = "What served before keeps serving.";

/** Why the deployment cannot succeed any more, judged by the instances that it started; undefined while it can. */
export function startFailure(
  deployment: ActiveDeployment,
  members: readonly Member[],
  nowMs: number,
): Failure | undefined {
  const wanted = deployment.generation?.wanted ?? {};
  for (const member of members) {
    const failure = isNewcomer(deployment, member) && failureOf(member, wanted, nowMs);
    if (failure) return failure;
  }
  return undefined;
}

const isNewcomer = (deployment: ActiveDeployment, member: Member): boolean =>
  member.generation === deployment.generation?.id &&
  member.draining === undefined &&
  // What its node would have told of it is not known; another one is started in its place.
  !isLost(member) &&
  member.createdAtMs >= deployment.createdAtMs;

function failureOf(member: Member, wanted: Wanted, nowMs: number): Failure | undefined {
  const { observed } = member;
  if (observed && hasCrashed(observed)) return crashed(member.process, observed);
  if (observed?.phase === "failed") return refused(member.process, observed);
  if (observed?.phase === "ready") return undefined;
  return overdue(member, wanted[member.process]?.startTimeoutMs ?? 0, nowMs);
}

const hasCrashed = ({ phase, restarts, lastExit }: Observed): boolean =>
  restarts > 0 || phase === "backing-off" || (phase === "failed" && lastExit !== undefined);

function crashed(process: string, observed: Observed): Failure {
  return {
    code: "instance-crashed",
    message: `The process "${process}" crashed at its start. ${observed.message ?? ending(observed)} ${OLD_SERVES} Read the last log lines, mend the app and deploy again.`,
    lastLogs: observed.lastLogs ?? [],
  };
}

function ending({ lastExit }: Observed): string {
  if (lastExit?.signal !== undefined) return `It was ended by ${lastExit.signal}.`;
  return lastExit?.code === undefined ? "It ended." : `It ended with code ${lastExit.code}.`;
}

function refused(process: string, observed: Observed): Failure {
  return {
    code: "instance-failed",
    message: `The node could not start the process "${process}"${detail(observed)}. ${OLD_SERVES}`,
    lastLogs: observed.lastLogs ?? [],
  };
}

function overdue(member: Member, startTimeoutMs: number, nowMs: number): Failure | undefined {
  const startedAt = member.observed?.startedAt;
  if (startedAt === undefined)
    return nowMs - member.knownSinceMs > PREPARE_TIMEOUT_MS ? notStarted(member) : undefined;
  return nowMs - Date.parse(startedAt) > startTimeoutMs
    ? notReady(member, startTimeoutMs)
    : undefined;
}

function notStarted({ process, observed }: Member): Failure {
  return {
    code: "node-unavailable",
    message: `The node did not start the process "${process}" within ${PREPARE_TIMEOUT_MS / 1000} s${detail(observed)}. ${OLD_SERVES} \`bastide status\` shows whether the node is reachable.`,
    lastLogs: [],
  };
}

function notReady({ process, observed }: Member, startTimeoutMs: number): Failure {
  const broken = observed?.promises.filter(({ kept }) => !kept) ?? [];
  const promises = broken.map(({ name, message }) => `${name}: ${message}`).join("; ");
  return {
    code: broken.length > 0 ? "promise-not-kept" : "not-ready",
    message: `The process "${process}" was not ready ${startTimeoutMs / 1000} s after its start${promises ? ` (${promises})` : detail(observed)}. ${OLD_SERVES} An app must listen on the port in PORT; \`startTimeoutSeconds\` in bastide.yaml gives it longer.`,
    lastLogs: observed?.lastLogs ?? [],
  };
}

const detail = (observed: Observed | undefined): string =>
  observed?.message === undefined ? "" : ` (${observed.message.replace(/\.$/, "")})`;

export const unacknowledged: Failure = {
  code: "gateway-unavailable",
  message: `Not every gateway took the new routes within ${ACKNOWLEDGE_TIMEOUT_MS / 1000} s. ${OLD_SERVES} \`bastide status\` shows the gateways; deploy again when they are healthy.`,
  lastLogs: [],
};
