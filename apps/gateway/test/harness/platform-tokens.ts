import { biscuit, type Block, block, KeyPair, type UnsignedBiscuit } from "@bastide/biscuit";
import { revocationKey, rootKeyKey } from "@bastide/contracts";

/** A platform's root key, and tokens under it. */
export class PlatformTokens {
  readonly key: KeyPair;
  readonly id: number;

  constructor(id = 1, key: KeyPair = KeyPair.generate()) {
    this.key = key;
    this.id = id;
  }

  /** What the control plane sends of the key. */
  get entry(): readonly [key: string, value: unknown] {
    return [rootKeyKey(this), { id: this.id, publicKey: this.key.publicKey.toString() }];
  }

  sign(claims: UnsignedBiscuit = biscuit`user("alice"); role("acme", "developer");`) {
    return claims.rootKeyId(this.id).sign(this.key);
  }

  /** Alice's, with what narrows it. */
  narrowed(...blocks: readonly Block[]) {
    return blocks.reduce((token, one) => token.attenuate(one), this.sign());
  }

  /** Ended a minute ago. */
  expired() {
    const ended = new Date(Date.now() - 60_000);
    return this.narrowed(block`check if time($t), $t < ${ended};`);
  }
}

/** What the control plane sends of a revocation. */
export const revoked = (id: string): readonly [key: string, value: unknown] => [
  revocationKey({ id }),
  { id },
];

export const bearer = (token: { toString(): string }): Record<string, string> => ({
  authorization: `Bearer ${token.toString()}`,
});
