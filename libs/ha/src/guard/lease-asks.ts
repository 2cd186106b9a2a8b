import type { LeaseCommand } from "../leases/lease-command.ts";
import type { GuardMessage, StoreAsk } from "./guard-message.ts";

/** What a holder asks of the lease's candidates, and not of the store. */
export function askedOfPeers(
  lease: string,
  voters: readonly string[],
  command: LeaseCommand,
): GuardMessage | undefined {
  if (command.kind === "ask-promises")
    return { kind: "promise-ask", lease, voters, epoch: command.epoch };
  if (command.kind !== "ask-regrants") return undefined;
  const { epoch, askedAtMs } = command;
  return { kind: "regrant-ask", lease, voters, epoch, askedAtMs };
}

export const isOfStore = (
  command: LeaseCommand,
): command is Extract<StoreAsk, { readonly kind: "lease" }>["command"] =>
  command.kind !== "ask-promises" && command.kind !== "ask-regrants";
