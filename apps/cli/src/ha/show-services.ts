import {
  endpoints,
  type HaDesired,
  type HaLeaseStoreStatus,
  type HaStatus,
} from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";

/** `bastide ha status`. */
export async function showServices(context: Context): Promise<number> {
  const { client } = await connect(context);
  const call = { signal: within(context.signal) };
  const { items, leaseStore } = await client.call(endpoints.ha.list, call);
  context.output.answer({ services: items, leaseStore }, () =>
    [servicesText(items), ...storeLines(leaseStore)].join("\n"),
  );
  for (const note of notesOf(items)) context.output.note(note);
  return 0;
}

/** Nothing while all is well. */
export const storeLines = (store: HaLeaseStoreStatus | undefined): string[] =>
  store === undefined || store.isUsable
    ? []
    : [
        "",
        `leases cannot be granted in ${store.kind} now, so nothing is taken over: ${store.message ?? ""}`,
      ];

export const servicesText = (services: readonly HaStatus[]): string =>
  columns([["SERVICE", "WANTED", "RUNS ON", "MAY RUN ON", "WHAT"], ...services.map(rowOf)]);

/** What an operator should know of one besides. */
export const notesOf = (services: readonly HaStatus[]): string[] =>
  services.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]));

const rowOf = ({ name, desired, instances, candidates, summary }: HaStatus): string[] => [
  name,
  wantedText(desired),
  instances.map(instanceText).join(", "),
  candidates.join(", "),
  summary,
];

export function wantedText(desired: HaDesired | undefined): string {
  if (desired === undefined) return "never started";
  if (desired.kind === "stopped" && desired.purge === true) return "purged";
  return desired.kind === "placed" ? `on ${desired.node}` : desired.kind;
}

function instanceText({ node, state, epoch, isStale }: HaStatus["instances"][number]): string {
  const details = [
    ...(state === "started" ? [] : [state]),
    ...(epoch === undefined ? [] : [`epoch ${epoch}`]),
    ...(isStale ? ["when last heard of"] : []),
  ];
  return details.length === 0 ? node : `${node} (${details.join(", ")})`;
}
