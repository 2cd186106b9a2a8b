import { Injectable } from "@nestjs/common";
import { TokenIssuer } from "../authorization/token-issuer.ts";
import type { BrickToken, InstanceBrick } from "../bricks/brick.ts";

interface Held {
  readonly token: string;
  readonly renewAtMs: number;
}

type Make = (issuer: TokenIssuer, node: string, ttlSeconds: number) => string;

const MAKE: Readonly<Record<BrickToken["kind"], Make>> = {
  gateway: (issuer, node, ttlSeconds) => issuer.gateway(node, ttlSeconds),
};

/** The tokens of bricks' instances: made when first asked for, made anew when half their time is over. */
@Injectable()
export class BrickTokens {
  readonly #held = new Map<string, Held>();

  constructor(private readonly issuer: TokenIssuer) {}

  of({ name, runs: { token } }: InstanceBrick, node: string, nowMs: number = Date.now()): string {
    const key = `${name}/${node}`;
    const held = this.#held.get(key);
    if (held && nowMs < held.renewAtMs) return held.token;
    const fresh = {
      token: MAKE[token.kind](this.issuer, node, token.ttlSeconds),
      renewAtMs: nowMs + (token.ttlSeconds * 1000) / 2,
    };
    this.#held.set(key, fresh);
    return fresh.token;
  }
}
