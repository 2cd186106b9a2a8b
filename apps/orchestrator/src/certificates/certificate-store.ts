import { type Certificate, certificateKey, type CertificateSource } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { DataSource, In } from "typeorm";
import { GatewayTable } from "../gateways/gateway-table.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { asJson } from "../streams/json.ts";
import { CertificateRow } from "./certificate.row.ts";
import type { Issued } from "./domain/issued.ts";
import { renewAt } from "./domain/renewal.ts";
import { leadsToPublicRoot } from "./x509/public-roots.ts";

/** What is known of a certificate besides its key. */
export type KnownCertificate = Pick<
  CertificateRow,
  "name" | "source" | "hosts" | "notBefore" | "notAfter" | "renewAt"
> & { readonly isDefault: boolean };

export interface NewCertificate {
  readonly source: CertificateSource;
  readonly hosts: readonly string[];
  readonly issued: Issued;
  readonly isDefault?: boolean;
}

/** A certificate's name: it stays over renewals. */
export const certificateName = (source: CertificateSource, host: string): string =>
  `${source}:${host}`;

/** Keeps certificates in the database, keys sealed, and the gateways' table as the database is. */
@Injectable()
export class CertificateStore {
  readonly #known = new Map<string, KnownCertificate>();

  constructor(
    private readonly database: DataSource,
    private readonly box: SecretBox,
    private readonly gateways: GatewayTable,
  ) {}

  /** Before any gateway may subscribe: what the table does not hold then, they forget. */
  async load(defaultName: string): Promise<void> {
    for (const row of await this.database.getRepository(CertificateRow).find())
      this.#publish(row, this.#keyOf(row), row.name === defaultName);
  }

  known(): ReadonlyMap<string, KnownCertificate> {
    return this.#known;
  }

  /** Durable, then on its way to the gateways. One of the same name is replaced. */
  async put({ source, hosts, issued, isDefault = false }: NewCertificate): Promise<void> {
    const name = certificateName(source, hosts[0] ?? "");
    const rows = this.database.getRepository(CertificateRow);
    const row = rows.create({
      name,
      source,
      hosts: [...hosts],
      chain: issued.chain,
      ...this.box.seal(issued.key, contextOf(name)),
      notBefore: issued.notBefore,
      notAfter: issued.notAfter,
      renewAt: renewAt(issued, Math.random()),
      updatedAt: new Date(),
    });
    await rows.upsert(row, ["name"]);
    this.#publish(row, issued.key, isDefault);
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.database.getRepository(CertificateRow).delete({ name: In([...names]) });
    for (const name of names) this.#known.delete(name);
    this.gateways.source.apply(
      names.map((name) => ({ key: certificateKey({ name }), tombstone: true as const })),
    );
  }

  #keyOf({ name, keyId, sealed }: CertificateRow): string {
    return this.box.open({ keyId, sealed }, contextOf(name));
  }

  #publish(row: CertificateRow, key: string, isDefault: boolean): void {
    const { name, source, hosts, chain, notBefore, notAfter, renewAt: renewal } = row;
    const known = { name, source, hosts, notBefore, notAfter, renewAt: renewal, isDefault };
    this.#known.set(name, known);
    const value: Certificate = {
      name,
      hosts,
      chain,
      key,
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      source,
      ...(source === "uploaded" && !leadsToPublicRoot(chain) ? { isPrivate: true } : {}),
      ...(isDefault ? { isDefault } : {}),
    };
    this.gateways.source.apply([{ key: certificateKey(value), value: asJson(value) }]);
  }
}

const contextOf = (name: string): readonly string[] => ["certificate", name];
