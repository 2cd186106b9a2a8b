import type { AcmeChallenge, Certificate } from "@bastide/contracts";
import { type EntryChange, isCertificate, isChallenge } from "../control/entry.ts";
import { CertificateTable, type ServedCertificate } from "./certificate-table.ts";

type Entries = ReadonlyMap<string, Certificate | AcmeChallenge>;

/** What a new table says of TLS, ready to be put into force. */
export interface PreparedTls {
  readonly entries: Entries;
  readonly certificates: CertificateTable;
}

/**
 * The certificates in force. Handshakes read it; one table is replaced by the next between two of them. Certificates
 * were checked before they come here (`checkCertificates`): one process does it for all.
 */
export class TlsState {
  readonly #nowMs: () => number;
  #inForce: PreparedTls = { entries: new Map(), certificates: CertificateTable.EMPTY };
  readonly #onChange = new Set<() => void>();

  /** `nowMs`: the time of day. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get certificates(): CertificateTable {
    return this.#inForce.certificates;
  }

  /** Undefined when nothing changes. `isWhole`: what is not mentioned is not there any more. */
  prepare(changes: readonly EntryChange[], isWhole: boolean): PreparedTls | undefined {
    const own = changes.filter(([key]) => /^(?:certificate|acme-challenge)\//.test(key));
    if (own.length === 0 && !isWhole) return undefined;
    const entries = new Map(isWhole ? [] : this.#inForce.entries);
    for (const [key, entry] of own)
      if (entry && (isCertificate(entry) || isChallenge(entry))) entries.set(key, entry);
      else entries.delete(key);
    const all = [...entries.values()];
    const certificates = all.filter(isCertificate);
    const challenges = all.filter(isChallenge);
    return {
      entries,
      certificates: new CertificateTable(certificates, challenges, this.certificates),
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
}
