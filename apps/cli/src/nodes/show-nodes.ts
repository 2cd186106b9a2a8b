import { endpoints, type Node, type NodeDetails } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { placeLines } from "../placement/describe-placement.ts";
import { bytes, columns } from "../output/columns.ts";

/** `bastide node ls`. */
export async function listNodes(context: Context): Promise<number> {
  const { client } = await connect(context);
  const { items } = await client.call(endpoints.nodes.list, { signal: within(context.signal) });
  context.output.answer({ nodes: items }, () => nodesText(items));
  return 0;
}

/** The nodes as a table, and below it what is wrong with any of them. */
export function nodesText(nodes: readonly Node[]): string {
  const table = columns([
    ["NODE", "STATE", "INSTANCES", "CPUS", "MEMORY", "KERNEL", "LAST SEEN"],
    ...nodes.map(row),
  ]);
  const problems = nodes.flatMap(({ name, problems: list }) =>
    list.map((problem) => `${name}: ${problem}`),
  );
  return problems.length === 0 ? table : `${table}\n\n${problems.join("\n")}`;
}

const row = (node: Node): string[] => [
  node.name,
  stateOf(node),
  String(node.instances),
  String(node.facts?.cpus ?? ""),
  node.facts === undefined ? "" : bytes(node.facts.memoryBytes),
  node.facts?.kernel ?? "",
  node.lastSeenAt?.slice(0, 19).replace("T", " ") ?? "never",
];

/** In one word or two what counts of a node. */
export function stateOf({ liveness, cordoned, draining, instances }: Node): string {
  const silence = liveness === "alive" ? [] : [liveness];
  if (draining) return [...silence, instances === 0 ? "drained" : "draining"].join(", ");
  const open = liveness === "alive" && !cordoned ? ["ready"] : [];
  return [...open, ...silence, ...(cordoned ? ["cordoned"] : [])].join(", ");
}

/** `bastide node show`. */
export async function showNode(name: string, context: Context): Promise<number> {
  const { client } = await connect(context);
  const signal = within(context.signal);
  const node = await client.call(endpoints.nodes.get, { parameters: { node: name }, signal });
  context.output.answer(node, () => nodeText(node));
  return 0;
}

/** The node with all that is known of it, what is wrong with it, and what it runs. */
export function nodeText(node: NodeDetails): string {
  const facts = factRows(node);
  const running = node.running.map(({ id, app, environment, service, process, phase }) => [
    service ?? app ?? "(removed app)",
    environment ?? "",
    process,
    phase,
    id,
  ]);
  return [
    columns([["node", node.name], ["state", stateOf(node)], ...facts]),
    ...node.problems.map((problem) => `problem: ${problem}`),
    "",
    running.length === 0
      ? "it runs nothing"
      : columns([["APP", "ENVIRONMENT", "PROCESS", "PHASE", "INSTANCE"], ...running]),
  ].join("\n");
}

function factRows(node: NodeDetails): string[][] {
  const { facts, joinedAt, lastSeenAt, clockSkewSeconds } = node;
  const rows = [
    ["last seen", lastSeenAt ?? "never"],
    ["joined", joinedAt ?? "(on the control plane's own machine)"],
    ...(clockSkewSeconds === undefined ? [] : [["clock", `${clockSkewSeconds} s from ours`]]),
    ...placeLines(node.place).map((line) => ["said of it", line]),
  ];
  if (facts === undefined) return rows;
  const { isolation } = facts;
  return [
    ...rows,
    ["host name", facts.hostname],
    ["kernel", `${facts.kernel} (${facts.arch})`],
    ["cpus", String(facts.cpus)],
    ["memory", bytes(facts.memoryBytes)],
    ["free disk", bytes(facts.diskFreeBytes)],
    ["drivers", facts.drivers.join(", ")],
    ["encrypted memory", facts.memoryEncryption?.join(", ") || "its kernel says of none"],
    ["platform", `${facts.platformVersion}, Node ${facts.nodeVersion}`],
    [
      "isolation",
      [
        ...(isolation.ownUid ? ["own users"] : []),
        `namespaces ${isolation.namespaces.join(" ") || "none"}`,
        `seccomp ${isolation.seccomp ? "yes" : "no"}`,
        `memory by ${isolation.memoryLimit}, cpu by ${isolation.cpuLimit}, processes by ${isolation.processLimit}`,
      ].join("; "),
    ],
  ];
}
