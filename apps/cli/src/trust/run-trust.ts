import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { type CertificateAuthority, endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { Failure } from "../command-line/failure.ts";
import { changeBrowserStores } from "./browser-stores.ts";
import { changeSystemStore } from "./system-store.ts";
import type { StoreChange, StoreResult } from "./store.ts";

interface TrustOptions {
  readonly print: boolean;
  readonly remove: boolean;
  readonly only: string | undefined;
}

/** `bastide trust`: its exit code is 0 when at least one store was changed and none failed. */
export async function runTrust(options: TrustOptions, context: Context): Promise<number> {
  if (options.print && options.remove)
    throw new Failure("usage", "--print and --remove do not go together");
  const { client } = await connect(context);
  const authority = await client.call(endpoints.platform.certificateAuthority, {
    signal: within(context.signal),
  });
  if (options.print) {
    context.output.answer(authority, () => authority.certificate.trim());
    return 0;
  }
  const change = changeOf(authority, options.remove);
  const home = context.environment["HOME"] ?? homedir();
  const results = [
    ...(options.only === "browsers" ? [] : [await changeSystemStore(change)]),
    ...(options.only === "system" ? [] : await changeBrowserStores(change, home)),
  ];
  const isDone = results.some(({ state }) => state === "done");
  const isFailed = results.some(({ state }) => state === "failed");
  context.output.answer({ fingerprint: authority.fingerprint, stores: results }, () =>
    textOf(authority, results, options.remove),
  );
  return isDone && !isFailed ? 0 : exitCodeOf("failed");
}

/** The name tells apart the authorities of several platforms on one machine, and of one platform over time. */
function changeOf({ certificate, domain }: CertificateAuthority, isRemoval: boolean): StoreChange {
  const digest = createHash("sha256").update(certificate).digest("hex").slice(0, 8);
  return { certificate, isRemoval, name: `bastide-${domain}-${digest}` };
}

function textOf(
  { domain, fingerprint, notAfter }: CertificateAuthority,
  results: readonly StoreResult[],
  isRemoval: boolean,
): string {
  return [
    `certificate authority for ${domain}, until ${notAfter.slice(0, 10)}`,
    `SHA-256 ${fingerprint}`,
    "",
    ...results.map(({ store, state, message }) => `${MARKS[state]} ${store}: ${message}`),
    ...(isRemoval ? [] : ["", "Browsers that are open read their stores at their next start."]),
  ].join("\n");
}

const MARKS: Readonly<Record<StoreResult["state"], string>> = {
  done: "✓",
  "left-out": "-",
  failed: "✗",
};
