import { endpoints, type Node, type PlatformStatus } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { messageOf } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import { homeDirectory, homePaths } from "../home/home.ts";
import { readPidFile } from "../machine/pid-file.ts";
import { isRoot } from "../machine/user.ts";
import { nodesText } from "../nodes/show-nodes.ts";
import { columns } from "../output/columns.ts";
import type { Output } from "../output/output.ts";
import { readState, type SupervisorState } from "./state-file.ts";

interface Local {
  readonly directory: string;
  /** Absent when no supervisor runs. */
  readonly state: SupervisorState | undefined;
}

/** `bastide status`: what the platform says of itself, and on its own machine what the supervisor says. */
export async function showStatus(context: Context): Promise<number> {
  const { output } = context;
  const local = localState(context);
  const { platform, nodes, problem } = await platformStatus(context, local);
  const healthy = platform?.healthy === true && isWell(local);
  const supervisor =
    local === undefined ? {} : { home: local.directory, supervisor: local.state ?? null };
  output.answer({ healthy, platform, nodes, ...supervisor, problem }, () =>
    textOf(output, healthy, { platform, nodes, problem }, local),
  );
  if (healthy) return 0;
  return exitCodeOf(platform === undefined ? "unreachable" : "unhealthy");
}

/** A platform on another machine has no supervisor here to ask. */
const isWell = (local: Local | undefined): boolean =>
  local === undefined || local.state?.healthy === true;

/** The supervisor of this machine's home, unless the command is pointed at another platform. */
function localState({ environment, installation }: Context): Local | undefined {
  if ((environment["BASTIDE_URL"] ?? "") !== "") return undefined;
  const paths = homePaths(homeDirectory(environment, installation, isRoot()));
  if (readHomeFile(paths.homeFile) === undefined) return undefined;
  const isRunning = readPidFile(paths.supervisorPid) !== undefined;
  return { directory: paths.directory, state: isRunning ? readState(paths.state) : undefined };
}

/** What the platform says of itself, or why it says nothing. */
interface Told {
  readonly platform?: PlatformStatus | undefined;
  readonly nodes?: readonly Node[] | undefined;
  readonly problem?: string | undefined;
}

async function platformStatus(context: Context, local: Local | undefined): Promise<Told> {
  try {
    const { client } = await connect(context);
    const signal = within(context.signal, 5_000);
    const [platform, { items }] = await Promise.all([
      client.call(endpoints.platform.status, { signal }),
      client.call(endpoints.nodes.list, { signal }),
    ]);
    return { platform, nodes: items };
  } catch (error) {
    context.signal.throwIfAborted();
    // Without a platform anywhere this is no status but a question, with its own answer and exit code.
    if (local === undefined) throw error;
    return { problem: messageOf(error) };
  }
}

function textOf(
  output: Output,
  healthy: boolean,
  { platform, nodes, problem }: Told,
  local: Local | undefined,
): string {
  const lines = [healthy ? output.green("healthy") : output.red("not healthy")];
  if (platform !== undefined)
    lines.push(
      `${platform.url} and ${platform.httpsUrl}   version ${platform.version}, since ${platform.startedAt}`,
    );
  if (problem !== undefined) lines.push(problem);
  if (platform !== undefined)
    lines.push(
      "",
      columns([
        ["COMPONENT", "STATE", "SINCE", ""],
        ...platform.components.map((one) => [
          one.name,
          one.healthy ? "well" : "NOT WELL",
          one.since ?? "",
          one.message,
        ]),
      ]),
    );
  if (nodes !== undefined) lines.push("", nodesText(nodes));
  if (local !== undefined) lines.push("", localText(local));
  return lines.join("\n");
}

function localText({ directory, state }: Local): string {
  if (state === undefined)
    return `home ${directory}: no supervisor runs; start it with \`bastide up\``;
  const rows = state.services.map(({ name, pid, since, restarts }) => [
    name,
    String(pid ?? "down"),
    since ?? "",
    String(restarts),
  ]);
  return `home ${directory}: ${state.phase}, supervisor ${state.pid}\n${columns([["PROCESS", "PID", "SINCE", "RESTARTS"], ...rows])}`;
}
