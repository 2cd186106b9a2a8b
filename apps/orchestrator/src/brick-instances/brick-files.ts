import type { Credentials } from "@bastide/peer-tls";
import { Injectable } from "@nestjs/common";
import { NodeAuthority } from "../node-identity/node-authority.ts";
import type { InstanceBrick } from "../bricks/brick.ts";
import { BrickTokens } from "./brick-tokens.ts";

interface Held {
  readonly credentials: Promise<Credentials & { readonly notAfter: Date }>;
  readonly madeMs: number;
}

/** A certificate is made anew after this time, long before it ends. */
const RENEW_AFTER_MS = 30 * 24 * 3_600_000;

/** What instances of bricks find in their private directory: a token, and what other nodes know them by. */
@Injectable()
export class BrickFiles {
  readonly #held = new Map<string, Held>();

  constructor(
    private readonly tokens: BrickTokens,
    private readonly authority: NodeAuthority,
  ) {}

  async of(
    brick: InstanceBrick,
    node: string,
    nowMs: number = Date.now(),
  ): Promise<Record<string, string>> {
    const { certificate, key, authority } = await this.#credentials(brick, node, nowMs);
    return {
      [brick.runs.token.file]: this.tokens.of(brick, node, nowMs),
      // Together, so that nobody ever reads the one of before with the other of after.
      "peer.pem": certificate + key,
      "peer-authority.pem": authority,
    };
  }

  #credentials(
    { runs: { token } }: InstanceBrick,
    name: string,
    nowMs: number,
  ): Held["credentials"] {
    const id = `${token.kind}/${name}`;
    const held = this.#held.get(id);
    if (held && nowMs < held.madeMs + RENEW_AFTER_MS) return held.credentials;
    const credentials = this.authority.issue({ kind: token.kind, name });
    this.#held.set(id, { credentials, madeMs: nowMs });
    // One that could not be made is tried anew the next time.
    credentials.catch(() => this.#held.delete(id));
    return credentials;
  }
}
