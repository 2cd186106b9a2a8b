import type { AcmeChallenge, Certificate, Route } from "@bastide/contracts";
import { CertificateTable, type ServedCertificate } from "./certificate-table.ts";
import { checkCertificate } from "./check-certificate.ts";
import { authoritiesFor, clientAuthoritiesOf } from "./client-authorities.ts";

/** What a new table says of TLS, checked and ready to be put into force. */
export interface PreparedTls {
  readonly certificates: CertificateTable;
  readonly clientAuthorities: ReadonlyMap<string, readonly string[]>;
}

/** A new state of the stream, by kind. */
export interface TlsChange {
  readonly certificates: Iterable<Certificate>;
  readonly challenges: Iterable<AcmeChallenge>;
  readonly routes: Iterable<Route>;
  /** Those that came with this change: they are checked. */
  readonly changed: Iterable<Certificate>;
}

/** The certificates in force. Handshakes read it; one table is replaced by the next between two of them. */
export class TlsState {
  readonly #nowMs: () => number;
  #inForce: PreparedTls = {
    certificates: CertificateTable.EMPTY,
    clientAuthorities: new Map(),
  };
  readonly #onChange = new Set<() => void>();

  /** `nowMs`: the time of day. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get certificates(): CertificateTable {
    return this.#inForce.certificates;
  }

  /** Whether any host asks clients for a certificate. */
  get asksClients(): boolean {
    return this.#inForce.clientAuthorities.size > 0;
  }

  /** Throws InvalidCertificate or InvalidTable, having changed nothing. */
  prepare({ certificates, challenges, routes, changed }: TlsChange): PreparedTls {
    for (const certificate of changed) checkCertificate(certificate);
    return {
      certificates: new CertificateTable(certificates, challenges, this.certificates),
      clientAuthorities: clientAuthoritiesOf(routes),
    };
  }

  commit(prepared: PreparedTls): void {
    this.#inForce = prepared;
    for (const tell of this.#onChange) tell();
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#onChange.add(listener);
  }

  find(serverName: string | undefined): ServedCertificate | undefined {
    return this.certificates.find(serverName, this.#nowMs());
  }

  hasPublic(host: string): boolean {
    return this.certificates.hasPublic(host, this.#nowMs());
  }

  authoritiesFor(host: string | undefined): readonly string[] {
    return host === undefined ? [] : authoritiesFor(this.#inForce.clientAuthorities, host);
  }
}
