import { createHash, X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { CALL_PROTOCOL, CONTROL_HOST } from "./names.ts";

const DEADLINE_MS = 10_000;

/** The SHA-256 of a certificate, in base64url: short enough to be part of a token. */
export const fingerprintOf = (pem: string): string =>
  createHash("sha256").update(new X509Certificate(pem).raw).digest("base64url");

/**
 * The authority of a control plane, for somebody who knows nothing but its fingerprint: it is taken from the server's
 * own chain and believed because of the fingerprint; the caller then connects anew, believing that authority only.
 * Throws when nothing answers, or when no certificate of the chain has the fingerprint.
 */
export function fetchAuthority(
  host: string,
  port: number,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      servername: CONTROL_HOST,
      ALPNProtocols: [CALL_PROTOCOL],
      minVersion: "TLSv1.3",
      // Nothing is sent and nothing is believed but what the fingerprint names.
      rejectUnauthorized: false,
      timeout: DEADLINE_MS,
    });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const giveUp = (): void => fail(new Error("it was cancelled"));
    signal.addEventListener("abort", giveUp, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", giveUp));
    socket.once("error", fail);
    socket.once("timeout", () => fail(new Error(`no answer within ${DEADLINE_MS / 1000} s`)));
    socket.once("secureConnect", () => {
      const found = chainOf(socket.getPeerCertificate(true)).find(
        (pem) => fingerprintOf(pem) === fingerprint,
      );
      socket.end();
      if (found === undefined)
        return fail(
          new Error(
            "the server is not the control plane that the token is from: its authority has another fingerprint",
          ),
        );
      resolve(found);
    });
  });
}

interface Chained {
  readonly raw: Buffer;
  readonly issuerCertificate: Chained;
}

/** The last one of a chain is its own issuer. */
function chainOf(first: Chained): string[] {
  const chain: string[] = [];
  for (let one: Chained | undefined = first; one?.raw; one = one.issuerCertificate) {
    const pem = new X509Certificate(one.raw).toString();
    if (chain.includes(pem)) break;
    chain.push(pem);
  }
  return chain;
}
