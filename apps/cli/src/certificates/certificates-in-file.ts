import { Failure } from "../command-line/failure.ts";
import { readFileText } from "../tokens/read-text.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates (PEM) of a file that may hold more, such as a key: that stays here. Throws Failure `notFound` for no
 * file, and `usage` for one without a certificate.
 */
export function certificatesInFile(path: string): string {
  const found = readFileText(path).match(CERTIFICATE);
  if (found) return `${found.join("\n")}\n`;
  throw new Failure("usage", `${path} holds no certificate in PEM`, {
    fix: `of one in DER make it by: openssl x509 -inform der -in ${path} -out certificate.pem`,
  });
}
