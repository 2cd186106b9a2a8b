import { type CheckedDomain, type DnsRecord, type Domain, endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf, titleOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";

/** `bastide domain list`. */
export async function listDomains(
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const { items } = await client.call(endpoints.domains.list, {
    parameters: target,
    signal: within(context.signal),
  });
  context.output.answer({ domains: items }, () =>
    items.length === 0
      ? `${titleOf(target)} has no domain of its own; add one with: bastide domain add <domain>`
      : columns([["DOMAIN", "CERTIFICATE", "UNTIL", "NEXT ATTEMPT", ""], ...items.map(row)]),
  );
  return 0;
}

const row = ({ domain, certificate }: Domain): string[] => [
  domain,
  certificate.source === "uploaded" ? `${certificate.state} (yours)` : certificate.state,
  certificate.notAfter?.slice(0, 10) ?? "",
  certificate.nextAttemptAt?.slice(0, 16).replace("T", " ") ?? "",
  certificate.reason ?? "",
];

/** What the DNS says, what is missing, and what to write. */
export function checkText({ domain, check, certificate }: CheckedDomain): string {
  const found = check.found.length === 0 ? [] : ["The DNS has:", recordTable(check.found), ""];
  if (check.ok)
    return [...found, `${domain} leads here. ${STATE_TEXT[certificate.state]}`].join("\n");
  const problems = check.problems.flatMap(({ message, records }) => [
    message,
    ...(records.length === 0 ? [] : ["", recordTable(records)]),
    "",
  ]);
  return [...found, ...problems, `Then: bastide domain check ${domain}`].join("\n");
}

const STATE_TEXT: Readonly<Record<Domain["certificate"]["state"], string>> = {
  issued: "Its certificate is in use.",
  pending: "Its certificate has been asked for; `bastide domain list` shows when it is there.",
  waiting: "Its certificate has been asked for; `bastide domain list` shows when it is there.",
  failed: "Its certificate is asked for again; `bastide domain list` says what came of it.",
  off: "No certificate is asked for: the operator does not agree to the authority's terms.",
};

const recordTable = (records: readonly DnsRecord[]): string =>
  columns(records.map(({ name, type, value }) => [`  ${name}.`, type, value]));
