import type { Credentials } from "@bastide/peer-tls";
import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";
import { NodeAuthority } from "./node-authority.ts";

const RENEW_AFTER_MS = 30 * 24 * 3_600_000;

/** What this machine's own node shows to others: it has not joined, so that it has none but what it is given. */
@Injectable()
export class OwnPeer {
  #held: { readonly credentials: Promise<Credentials>; readonly renewAtMs: number } | undefined;

  constructor(
    private readonly config: Config,
    private readonly authority: NodeAuthority,
  ) {}

  /** The same one until it is time for the next. */
  get(nowMs: number = Date.now()): Promise<Credentials> {
    if (this.#held && nowMs < this.#held.renewAtMs) return this.#held.credentials;
    const credentials = this.#issue();
    this.#held = { credentials, renewAtMs: nowMs + RENEW_AFTER_MS };
    // One that could not be made is tried anew by the next who asks.
    credentials.catch(() => (this.#held = undefined));
    return credentials;
  }

  async #issue(): Promise<Credentials> {
    const peer = { kind: "node", name: this.config.node } as const;
    const { certificate, key, authority } = await this.authority.issue(peer);
    return { certificate, key, authority };
  }
}
