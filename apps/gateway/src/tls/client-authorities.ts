import { X509Certificate } from "node:crypto";
import { InvalidTable } from "../table/invalid-table.ts";

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in one PEM text. Throws InvalidTable when there is none, or one cannot be read. */
export function readAuthorities(host: string, text: string): string[] {
  const found = text.match(PEM) ?? [];
  if (found.length === 0)
    throw new InvalidTable(`the client authorities of ${host} hold no certificate in PEM`);
  for (const pem of found) {
    try {
      // Only to see that it can be read.
      void new X509Certificate(pem).ca;
    } catch (cause) {
      throw new InvalidTable(`a client authority of ${host} is not a certificate`, { cause });
    }
  }
  return found;
}
