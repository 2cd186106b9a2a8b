import { type Deployment, DEPLOYMENT_PHASES, hasEnded } from "@bastide/contracts";
import type { Connection } from "../api/connection.ts";
import { type Target, titleOf } from "../api/target.ts";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { Failure } from "../command-line/failure.ts";
import { seconds } from "../output/progress.ts";
import { follow } from "./follow.ts";

/** Waits for a deployment unless told not to, and says what came of it. Returns the exit code. */
export async function finish(
  deployment: Deployment,
  target: Target,
  options: {
    readonly connection: Connection;
    readonly context: Context;
    readonly wait: boolean;
    /** Lines that were shown already and are left out of the log: the plan's. */
    readonly shown?: readonly string[];
  },
): Promise<number> {
  const { connection, context, wait, shown = [] } = options;
  if (!wait) {
    context.output.answer(
      deployment,
      () => `deployment ${deployment.id} of ${titleOf(target)} has begun`,
    );
    return 0;
  }
  const ended = hasEnded(deployment.phase)
    ? deployment
    : await follow(deployment, target, { client: connection.client, context, shown });
  if (ended.phase === "succeeded") {
    context.output.answer(ended, () => successText(ended, target));
    return 0;
  }
  if (context.output.json) {
    context.output.answer(ended, () => "");
    context.output.complain(reasonOf(ended));
    return exitCodeOf("deploymentFailed");
  }
  throw new Failure("deploymentFailed", reasonOf(ended), {
    details: ended.failure?.lastLogs ?? [],
    fix: `what served before still serves; \`bastide logs --app ${target.app} --env ${target.environment}\` shows more`,
  });
}

function successText(deployment: Deployment, target: Target): string {
  const version = deployment.version === undefined ? "" : ` v${deployment.version}`;
  const spent = DEPLOYMENT_PHASES.filter((phase) => deployment.timingsMs[phase] !== undefined).map(
    (phase) => [phase, deployment.timingsMs[phase] ?? 0] as const,
  );
  const total = spent.reduce((sum, [, ms]) => sum + ms, 0);
  const phases = spent.map(([phase, ms]) => `${phase} ${seconds(ms)}`).join(", ");
  const where = deployment.url === undefined ? "" : `\n${deployment.url}`;
  return `${titleOf(target)}${version} is deployed in ${seconds(total)} (${phases})${where}`;
}

function reasonOf({ phase, failure }: Deployment): string {
  if (phase === "cancelled") return "the deployment was cancelled";
  return failure === undefined ? "the deployment failed" : `${failure.message} (${failure.code})`;
}
