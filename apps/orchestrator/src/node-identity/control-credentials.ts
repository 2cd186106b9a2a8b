import type { Credentials } from "@bastide/peer-tls";
import { Injectable } from "@nestjs/common";
import { NodeAuthority } from "./node-authority.ts";

const RENEW_AFTER_MS = 30 * 24 * 3_600_000;

/** What this control plane shows to the platform's other programs: made at each start, and anew in time. */
@Injectable()
export class ControlCredentials {
  #held: { readonly credentials: Promise<Credentials>; readonly renewAtMs: number } | undefined;

  constructor(private readonly authority: NodeAuthority) {}

  get(nowMs: number = Date.now()): Promise<Credentials> {
    if (this.#held && nowMs < this.#held.renewAtMs) return this.#held.credentials;
    const credentials = this.authority.issue({ kind: "control" });
    this.#held = { credentials, renewAtMs: nowMs + RENEW_AFTER_MS };
    // One that could not be made is tried anew by the next who asks.
    credentials.catch(() => (this.#held = undefined));
    return credentials;
  }
}
