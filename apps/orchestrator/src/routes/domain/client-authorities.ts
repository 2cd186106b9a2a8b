import { X509Certificate } from "node:crypto";
import {
  checkDates,
  nameOf,
  NotUsable,
  pemBlocksIn,
  pemOf,
} from "../../certificates/domain/pem.ts";

/**
 * The certificates of those who issue clients' certificates, and nothing else of `text`. Throws NotUsable for what no
 * client can be judged by now: what a gateway cannot read would refuse the whole table, and one that issues nothing
 * would close the route to everybody.
 */
export function readAuthorities(text: string, now: Date): string {
  const blocks = pemBlocksIn(text);
  if (blocks.some(({ kind }) => kind.endsWith("PRIVATE KEY")))
    throw new NotUsable(
      "there is a private key among the client authorities; give their certificates only",
    );
  const certificates = blocks.filter(({ kind }) => kind === "CERTIFICATE");
  if (certificates.length === 0)
    throw new NotUsable(
      "the client authorities hold no certificate in PEM; of one in DER make it by: openssl x509 -inform der -in authority.der -out authority.pem",
    );
  return certificates.map(({ pem }, i) => pemOf(readAuthority(pem, i + 1, now))).join("");
}

function readAuthority(pem: string, number: number, now: Date): X509Certificate {
  const one = readCertificate(pem, number);
  if (!one.ca)
    throw new NotUsable(
      `${nameOf(one)} is not an authority's certificate; give that of the authority that issues the clients' certificates`,
    );
  checkDates(one, now);
  return one;
}

function readCertificate(pem: string, number: number): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new NotUsable(
      `certificate ${number} of the client authorities cannot be read; copy it once more`,
      { cause },
    );
  }
}
