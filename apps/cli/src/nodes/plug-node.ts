import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import { homeDirectory, homePaths } from "../home/home.ts";
import { type LocalNode, localNodes } from "../home/local-nodes.ts";
import { readPidFile } from "../machine/pid-file.ts";
import { signalProcess, waitForEnd } from "../machine/process-identity.ts";
import { isRoot } from "../machine/user.ts";
import { setCable } from "../supervisor/node-network.ts";
import { livingGuard, livingInstances } from "../supervisor/own-instances.ts";

const END_MS = 5_000;

/** `bastide node unplug`: a node of this machine is as if its plug was pulled. Nothing is asked to end: all is killed. */
export async function unplugNode(
  name: string,
  options: { readonly cable: boolean },
  context: Context,
): Promise<number> {
  const node = localNode(name, context);
  if (options.cable) return pullCable(node, context);
  writeFileSync(node.unpluggedFile, "", { mode: 0o644 });
  const agent = readPidFile(node.pidFile);
  const instances = livingInstances(node.directory);
  const guard = livingGuard(node.directory);
  const runners = [...(guard === undefined ? [] : [guard]), ...instances];
  const all = [...(agent === undefined ? [] : [agent]), ...runners];
  const children = descendantsOf(runners.map(({ pid }) => pid));
  for (const one of all) signalProcess(one, "SIGKILL");
  for (const pid of children) kill(pid);
  for (const one of all)
    if (!(await waitForEnd(one, END_MS)))
      throw new Failure("failed", `process ${one.pid} of ${name} lives on`, {
        fix: "run this as the user who started the platform, or as root",
      });
  context.output.answer(
    { unplugged: name, instances: instances.length },
    () =>
      `${name} is off: its agent and ${instances.length} instances were killed. Plug it in again with: bastide node plug ${name}`,
  );
  return 0;
}

async function pullCable({ name, network }: LocalNode, { output }: Context): Promise<number> {
  if (network === undefined)
    throw new Failure("conflict", `${name} has no network of its own whose cable could be pulled`, {
      fix: "nodes have one when `bastide up --nodes` was run by root and iproute2 is installed",
    });
  await setCable(network, false);
  output.answer(
    { cutOff: name },
    () => `${name} is cut off; what it runs goes on. Put it back with: bastide node plug ${name}`,
  );
  return 0;
}

/** `bastide node plug`: the agent starts again by itself, and its cable is put back. */
export async function plugNode(name: string, context: Context): Promise<number> {
  const { unpluggedFile, network } = localNode(name, context);
  if (network) await setCable(network, true);
  rmSync(unpluggedFile, { force: true });
  context.output.answer({ plugged: name }, () => `${name} is plugged in`);
  return 0;
}

function localNode(name: string, { environment, installation }: Context): LocalNode {
  const paths = homePaths(homeDirectory(environment, installation, isRoot()));
  const home = readHomeFile(paths.homeFile);
  const nodes = home === undefined ? [] : localNodes(home, paths);
  const found = nodes.find((node) => node.name === name);
  if (found) return found;
  throw new Failure("usage", `"${name}" is not a node of this machine`, {
    fix:
      nodes.length === 0
        ? "start a platform with several nodes here: bastide up --nodes 3"
        : `its nodes are ${nodes.map((node) => node.name).join(", ")}`,
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended with those above it.
  }
}

/** Every process below those, found before anything is killed: an orphan's parent says nothing any more. */
function descendantsOf(roots: readonly number[]): number[] {
  const below = new Set(roots);
  const parents = processes();
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents)
      if (below.has(parent) && !below.has(pid)) grown = Boolean(below.add(pid));
  }
  return [...below].filter((pid) => !roots.includes(pid));
}

function processes(): Map<number, number> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
