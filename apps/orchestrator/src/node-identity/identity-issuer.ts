import type { NodeIdentity } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { LiveRootKeys } from "../authorization/live-root-keys.ts";
import { TokenIssuer } from "../authorization/token-issuer.ts";
import { IDENTITY_DAYS, NodeAuthority } from "./node-authority.ts";

export interface IssuedIdentity {
  readonly identity: NodeIdentity;
  readonly revocationId: { readonly id: string; readonly expiresAt: string };
}

/** Makes what a node shows: its token and its certificate, both for the same time. */
@Injectable()
export class IdentityIssuer {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly authority: NodeAuthority,
    private readonly rootKeys: LiveRootKeys,
  ) {}

  async issue(name: string, publicKey: string, now: Date = new Date()): Promise<IssuedIdentity> {
    const expires = new Date(now.getTime() + IDENTITY_DAYS * 24 * 3_600_000);
    const token = this.issuer.node(name, expires);
    const identity = {
      name,
      token: token.toString(),
      certificate: await this.authority.certify({ kind: "node", name }, publicKey, now),
      authority: this.authority.certificate,
      rootKeys: this.rootKeys.keys.map(({ id, publicKey: key }) => ({
        id,
        publicKey: key.toString(),
      })),
      expiresAt: expires.toISOString(),
    };
    return {
      identity,
      revocationId: { id: token.revocationIds[0] ?? "", expiresAt: expires.toISOString() },
    };
  }
}
