import { Injectable } from "@nestjs/common";
import { TokenIssuer } from "../authorization/token-issuer.ts";

/** Short, since an agent cannot ask whether it was revoked. */
const TTL_SECONDS = 600;

interface Held {
  readonly token: string;
  readonly renewAtMs: number;
}

/** The tokens that this orchestrator shows to agents, one per node, made anew before they end. */
@Injectable()
export class ControlPlaneToken {
  readonly #issuer: TokenIssuer;
  readonly #held = new Map<string, Held>();

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer;
  }

  for(node: string): string {
    const nowMs = Date.now();
    const held = this.#held.get(node);
    if (held && nowMs < held.renewAtMs) return held.token;
    const token = this.#issuer.controlPlane(node, TTL_SECONDS);
    this.#held.set(node, { token, renewAtMs: nowMs + (TTL_SECONDS * 1000) / 2 });
    return token;
  }
}
