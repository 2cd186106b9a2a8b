import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiClient,
  endpoints,
  type HaInstance,
  type Node,
  type NodeDetails,
} from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { during } from "../output/reporter.ts";
import { stateOf } from "./show-nodes.ts";

const LOOK_EVERY_MS = 250;

/** `bastide node cordon`: no new instances; what runs there goes on. */
export const cordonNode = (name: string, context: Context): Promise<number> =>
  mark(endpoints.nodes.cordon, name, context);

/** `bastide node uncordon`: instances again; ends a drain too. */
export const uncordonNode = (name: string, context: Context): Promise<number> =>
  mark(endpoints.nodes.uncordon, name, context);

type Marking = typeof endpoints.nodes.cordon | typeof endpoints.nodes.uncordon;

async function mark(endpoint: Marking, name: string, context: Context): Promise<number> {
  const { client } = await connect(context);
  const call = { parameters: { node: name }, signal: within(context.signal) };
  tell(await client.call(endpoint, call), context);
  return 0;
}

const tell = (node: Node, { output }: Context): void =>
  output.answer(node, () => `${node.name}: ${stateOf(node)}, ${node.instances} instances`);

/**
 * `bastide node drain`: returns when no app has an instance there and each service that ran there answers elsewhere, or
 * says what is left after the time.
 */
export async function drainNode(
  name: string,
  options: { readonly wait: boolean; readonly timeout: number | undefined },
  context: Context,
): Promise<number> {
  const { client } = await connect(context);
  const parameters = { node: name };
  const moving = await servicesOn(client, name, context.signal);
  const begun = await client.call(endpoints.nodes.drain, {
    parameters,
    signal: within(context.signal),
  });
  if (!options.wait) {
    tell(begun, context);
    return 0;
  }
  const timeoutMs = (options.timeout ?? 300) * 1000;
  const drained = await during(context.output.progress, `draining ${name}`, () =>
    untilDrained(client, { name, moving }, timeoutMs, context.signal),
  );
  context.output.answer(drained, () => drainedText(name, moving));
  return 0;
}

const drainedText = (name: string, moved: readonly string[]): string =>
  moved.length === 0
    ? `${name} runs no app any more`
    : `${name} runs no app any more; moved as well: ${moved.join(", ")}`;

async function untilDrained(
  client: ApiClient,
  { name, moving }: { readonly name: string; readonly moving: readonly string[] },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<NodeDetails> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const parameters = { node: name };
    const node = await client.call(endpoints.nodes.get, { parameters, signal: within(signal) });
    const left = node.running.filter(({ service }) => service === undefined);
    const services = await unmoved(client, name, moving, signal);
    if (left.length === 0 && services.length === 0) return node;
    if (!node.draining)
      throw new Failure("failed", `${name} is not being drained any more`, {
        fix: `somebody ran \`bastide node uncordon ${name}\`; drain it again`,
      });
    if (Date.now() > deadline)
      throw left.length > 0 ? stillThere(name, left) : notMoved(name, services);
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Services under high availability of which something runs on the node. */
async function servicesOn(client: ApiClient, name: string, signal: AbortSignal): Promise<string[]> {
  const { items } = await client.call(endpoints.ha.list, { signal: within(signal) });
  return items.filter(({ instances }) => isOn(instances, name)).map((service) => service.name);
}

/** Those that run there still, and those that have left and do not answer elsewhere yet. */
async function unmoved(
  client: ApiClient,
  name: string,
  moving: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const { items } = await client.call(endpoints.ha.list, { signal: within(signal) });
  return items
    .filter(({ name: service, instances, desired }) => {
      const isWanted = desired?.kind === "started" || desired?.kind === "placed";
      const answers = instances.some(({ state, isStale }) => state === "started" && !isStale);
      return isOn(instances, name) || (moving.includes(service) && isWanted && !answers);
    })
    .map((service) => service.name);
}

const isOn = (instances: readonly HaInstance[], name: string): boolean =>
  instances.some(({ node, isStale }) => node === name && !isStale);

const notMoved = (name: string, services: readonly string[]): Failure =>
  new Failure(
    "failed",
    `${services.join(", ")} did not move from ${name}: no other node is ready to run it, or it is frozen`,
    { fix: "look where it may run with `bastide ha status`; the drain goes on" },
  );

function stillThere(name: string, left: NodeDetails["running"]): Failure {
  const apps = [...new Set(left.map(({ app }) => app ?? "(removed app)"))];
  return new Failure(
    "failed",
    `${left.length} instances are still on ${name}, of ${apps.join(", ")}; they stay until others are ready elsewhere`,
    {
      fix: `look why with \`bastide ps --app ${apps[0] ?? "<app>"}\` and \`bastide node ls\`; the drain goes on`,
    },
  );
}

const LEAVES_WITHIN_MS = 30_000;

/** `bastide node remove`: returns when no service has it for a candidate any more, or says which still have. */
export async function removeNode(
  name: string,
  options: { readonly force: boolean },
  context: Context,
): Promise<number> {
  const { output, signal } = context;
  const { client } = await connect(context);
  await client.call(endpoints.nodes.remove, {
    parameters: { node: name },
    query: { force: String(options.force) },
    signal: within(signal, 60_000),
  });
  const left = await during(output.progress, `removing ${name} from services`, () =>
    untilNoCandidate(client, name, signal),
  );
  const answer = { removed: name, candidateOf: left };
  output.answer(answer, () => `${name} is removed, and its tokens are taken back`);
  if (left.length > 0)
    output.note(
      `${name} still votes on ${left.join(", ")}: they are frozen, or another candidate is not heard of; it is left out when that is over`,
    );
  return 0;
}

/** The services that it is a candidate of after the time: those with a lease are stopped for a moment to lose it. */
async function untilNoCandidate(
  client: ApiClient,
  name: string,
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = Date.now() + LEAVES_WITHIN_MS;
  for (;;) {
    const { items } = await client.call(endpoints.ha.list, { signal: within(signal) });
    const left = items.filter(({ candidates }) => candidates.includes(name));
    if (left.length === 0 || Date.now() > deadline) return left.map((service) => service.name);
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
