import type { CertificateTable } from "./certificate-table.ts";

const PREFIX = "/.well-known/acme-challenge/";

/** The answer to an authority that asks for a token that is expected at this host; undefined for anything else. */
export function challengeAnswer(
  certificates: CertificateTable,
  method: string | undefined,
  { host, path }: { readonly host: string; readonly path: string },
): string | undefined {
  if (!path.startsWith(PREFIX) || (method !== "GET" && method !== "HEAD")) return undefined;
  return certificates.answer(host, path.slice(PREFIX.length));
}
