/** Headers of one connection only, which a proxy never passes on (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
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
