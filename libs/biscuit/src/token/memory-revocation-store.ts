import type { AsyncRevocationStore, RevocationStore } from "./revocation.ts";
import { canonicalRevocationId } from "./token-data.ts";

/** Ids in this process's memory. */
export class MemoryRevocationStore implements RevocationStore, AsyncRevocationStore {
  readonly #ids: Set<string>;

  /** Ids as tokens give them, or as other implementations do. Throws `invalid-value` for what is not hexadecimal. */
  constructor(ids: Iterable<string> = []) {
    this.#ids = new Set(Array.from(ids, canonicalRevocationId));
  }

  /** Revokes every token that has the block with this id. Throws `invalid-value`. */
  revoke(id: string): void {
    this.#ids.add(canonicalRevocationId(id));
  }

  /** Takes a revocation back, or forgets one whose tokens have expired. */
  restore(id: string): void {
    this.#ids.delete(canonicalRevocationId(id));
  }

  get size(): number {
    return this.#ids.size;
  }

  findRevoked(ids: readonly string[]): string | undefined {
    return ids.find((id) => this.#ids.has(id));
  }

  async findRevokedAsync(ids: readonly string[]): Promise<string | undefined> {
    return this.findRevoked(ids);
  }
}
