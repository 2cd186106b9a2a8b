import { type Entry, isCertificate } from "../control/entry.ts";
import { certificateFacts } from "../observe/certificate-facts.ts";
import type { CertificateFacts } from "../observe/metrics-store.ts";

/** What the metrics say of the certificates among a table's entries. */
export function certificatesIn(entries: ReadonlyMap<string, Entry>): CertificateFacts {
  const certificates = [...entries.values()].filter(isCertificate);
  return certificateFacts(
    certificates.map(({ name, notAfter }) => [name, Date.parse(notAfter)]),
    Date.now(),
  );
}
