import {
  AUTHORITY_DOMAIN,
  type Credentials,
  fingerprintOf,
  hostOf,
  type Peer,
} from "@bastide/peer-tls";
import { JsonLogger } from "@bastide/service-kit";
import { Injectable, type OnModuleInit } from "@nestjs/common";
import { DataSource } from "typeorm";
import type { Issued } from "../certificates/domain/issued.ts";
import { PrivateAuthorityRow } from "../certificates/private-authority.row.ts";
import { issueAuthority, issueForKey, issueLeaf } from "../certificates/x509/issue.ts";
import { SecretBox } from "../secrets/secret-box.ts";

/** A node's certificate lasts as long as its token. */
export const IDENTITY_DAYS = 7;

/**
 * Issues the certificates by which the platform's programs on different machines know each other. An authority of its
 * own, and not the one for the base domain: that one is in people's browsers and signs for servers only.
 */
@Injectable()
export class NodeAuthority implements OnModuleInit {
  #authority: { readonly chain: string; readonly key: string } | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly box: SecretBox,
    private readonly logger: JsonLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    const rows = this.database.getRepository(PrivateAuthorityRow);
    const held = await rows.findOneBy({ domain: AUTHORITY_DOMAIN });
    const row = held ?? (await this.#make(new Date()));
    this.#authority = { chain: row.certificate, key: this.box.open(row, CONTEXT) };
  }

  /** PEM of the authority's own certificate. */
  get certificate(): string {
    return this.#open().chain;
  }

  /** What a join token carries, so that a machine that knows nothing yet finds the right control plane. */
  get fingerprint(): string {
    return fingerprintOf(this.certificate);
  }

  /** A certificate with a key that we make: for programs that we start ourselves. */
  async issue(peer: Peer, now: Date = new Date()): Promise<Credentials & Pick<Issued, "notAfter">> {
    const issued = await issueLeaf(this.#open(), [hostOf(peer)], now, "server-and-client");
    return {
      certificate: issued.chain + this.certificate,
      key: issued.key,
      authority: this.certificate,
      notAfter: issued.notAfter,
    };
  }

  /** A certificate for a key that somebody else keeps, whose public half is given as PEM. */
  async certify(peer: Peer, publicKey: string, now: Date): Promise<string> {
    const issued = await issueForKey(
      this.#open(),
      { hosts: [hostOf(peer)], publicKey, purpose: "server-and-client", days: IDENTITY_DAYS },
      now,
    );
    return issued.chain + this.certificate;
  }

  async #make(now: Date): Promise<PrivateAuthorityRow> {
    const issued = await issueAuthority(AUTHORITY_DOMAIN, now, "server-and-client");
    const rows = this.database.getRepository(PrivateAuthorityRow);
    const row = rows.create({
      domain: AUTHORITY_DOMAIN,
      certificate: issued.chain,
      ...this.box.seal(issued.key, CONTEXT),
      notAfter: issued.notAfter,
      createdAt: now,
    });
    await rows.insert(row);
    this.logger.info("node authority made", { fingerprint: fingerprintOf(issued.chain) });
    return row;
  }

  #open(): { readonly chain: string; readonly key: string } {
    if (!this.#authority) throw new Error("the node authority was not opened yet");
    return this.#authority;
  }
}

const CONTEXT: readonly string[] = ["private-authority", AUTHORITY_DOMAIN];
