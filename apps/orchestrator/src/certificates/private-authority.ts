import { createHash, X509Certificate } from "node:crypto";
import type { CertificateAuthority } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { Config } from "../config.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import type { Issued } from "./domain/issued.ts";
import { PrivateAuthorityRow } from "./private-authority.row.ts";
import { issueAuthority, issueLeaf } from "./x509/issue.ts";

/** An authority this close to its end is replaced: its certificates would be too short. */
const REPLACE_BEFORE_MS = 180 * 24 * 3_600_000;

/** The platform's own authority for its base domain, made at the first start. */
@Injectable()
export class PrivateAuthority {
  #row: PrivateAuthorityRow | undefined;

  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly box: SecretBox,
    private readonly logger: JsonLogger,
  ) {}

  /** Reads the authority, or makes it: then every certificate has to be made anew. */
  async open(now: Date = new Date()): Promise<{ readonly isNew: boolean }> {
    const domain = this.config.baseDomain;
    const rows = this.database.getRepository(PrivateAuthorityRow);
    const held = await rows.findOneBy({ domain });
    const isFresh = held !== null && held.notAfter.getTime() - now.getTime() > REPLACE_BEFORE_MS;
    this.#row = isFresh ? held : await this.#make(domain, now);
    return { isNew: !isFresh };
  }

  describe(): CertificateAuthority {
    const { certificate, domain, notAfter } = this.#open();
    return {
      certificate,
      fingerprint: new X509Certificate(certificate).fingerprint256,
      domain,
      notAfter: notAfter.toISOString(),
    };
  }

  issue(hosts: readonly string[], now: Date = new Date()): Promise<Issued> {
    const row = this.#open();
    const key = this.box.open(row, contextOf(row.domain));
    return issueLeaf({ chain: row.certificate, key }, hosts, now);
  }

  async #make(domain: string, now: Date): Promise<PrivateAuthorityRow> {
    const issued = await issueAuthority(domain, now);
    const rows = this.database.getRepository(PrivateAuthorityRow);
    const row = rows.create({
      domain,
      certificate: issued.chain,
      ...this.box.seal(issued.key, contextOf(domain)),
      notAfter: issued.notAfter,
      createdAt: now,
    });
    await rows.upsert(row, ["domain"]);
    const digest = createHash("sha256").update(issued.chain).digest("hex").slice(0, 16);
    this.logger.info("private certificate authority made", { domain, digest });
    return row;
  }

  #open(): PrivateAuthorityRow {
    if (!this.#row) throw new Error("the private certificate authority was not opened yet");
    return this.#row;
  }
}

const contextOf = (domain: string): readonly string[] => ["private-authority", domain];
