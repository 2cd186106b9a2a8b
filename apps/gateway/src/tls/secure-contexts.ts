import { createSecureContext, type SecureContext } from "node:tls";
import type { ServedCertificate } from "./certificate-table.ts";

interface Held {
  readonly context: SecureContext;
  readonly clientAuthorities: readonly string[];
}

/**
 * The contexts that handshakes use, made when a certificate is first asked for (about half a millisecond each) and kept
 * for the ones asked for last. A certificate that left the table is not asked for any more, and falls out in time.
 */
export class SecureContexts {
  readonly #most: number;
  /** In the order of their last use; certificates are the same object as long as they are the same. */
  readonly #held = new Map<ServedCertificate, Held>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#held.size;
  }

  /** `clientAuthorities`: PEM of those whose certificates clients may present. */
  of(certificate: ServedCertificate, clientAuthorities: readonly string[] = []): SecureContext {
    const held = this.#held.get(certificate);
    if (held) this.#held.delete(certificate);
    const fits = held !== undefined && isSame(held.clientAuthorities, clientAuthorities);
    const kept = fits ? held : { clientAuthorities, context: make(certificate, clientAuthorities) };
    this.#held.set(certificate, kept);
    if (this.#held.size > this.#most) this.#forgetOldest();
    return kept.context;
  }

  #forgetOldest(): void {
    for (const oldest of this.#held.keys()) {
      this.#held.delete(oldest);
      return;
    }
  }
}

const make = ({ chain, key }: ServedCertificate, ca: readonly string[]): SecureContext =>
  createSecureContext({
    cert: chain,
    key,
    minVersion: "TLSv1.2",
    ...(ca.length > 0 ? { ca: [...ca] } : {}),
  });

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((pem, i) => pem === other[i]);
