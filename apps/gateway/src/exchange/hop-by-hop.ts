import type { IncomingMessage } from "node:http";

/** Headers of one connection only, which a proxy never passes on (RFC 9110 §7.6.1, RFC 7540 §3.2.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Decides by lower-case name whether a header stays on this side: the fixed ones, and those that `connection` names. */
export function hopByHop(connection: string | undefined): (name: string) => boolean {
  if (connection === undefined || /^(?:close|keep-alive|upgrade)$/i.test(connection))
    return (name) => HOP_BY_HOP.has(name);
  const named = new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
  return (name) => HOP_BY_HOP.has(name) || named.has(name);
}

/** An answer's headers for the client as a raw list: order, case and repetitions are the upstream's. */
export function endToEnd({
  rawHeaders,
  headers,
}: Pick<IncomingMessage, "rawHeaders" | "headers">): string[] {
  const stays = hopByHop(headers.connection);
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""];
    if (!stays(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
