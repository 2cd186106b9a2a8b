import { BiscuitError } from "../errors/biscuit-error.ts";
import { canonicalRevocationId } from "./token-data.ts";

/**
 * Says which tokens are revoked. Asked with the ids of every block, so a token falls with any block it descends from.
 * Asked before signatures are verified: the ids are canonical, but whose token they are from is not known yet, and what is
 * asked must not be kept. Answers from memory; for a database see `AsyncRevocationStore`.
 */
export interface RevocationStore {
  /** One of `ids` that is revoked, or `undefined`. At most as many ids as tokens may have blocks. */
  findRevoked(ids: readonly string[]): string | undefined;
}

/**
 * A `RevocationStore` that answers later. On PostgreSQL it is one query by primary key:
 * `select id from revoked where id = any($1) limit 1`. It must come to an end by itself; when it fails, the token is not
 * accepted, and the error is the caller's.
 */
export interface AsyncRevocationStore {
  findRevokedAsync(ids: readonly string[]): Promise<string | undefined>;
}

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

function refuseRevoked(id: string | undefined, ids: readonly string[]): void {
  if (id === undefined) return;
  throw new BiscuitError("revoked", `block ${ids.indexOf(id)} of the token is revoked: ${id}`);
}

/** Throws `revoked`. */
export function checkRevocation(ids: readonly string[], store: RevocationStore | undefined): void {
  if (store !== undefined) refuseRevoked(store.findRevoked(ids), ids);
}

/** As `checkRevocation`, for either kind of store. */
export async function checkRevocationAsync(
  ids: readonly string[],
  store: RevocationStore | AsyncRevocationStore | undefined,
): Promise<void> {
  if (store === undefined) return;
  const found =
    "findRevokedAsync" in store ? await store.findRevokedAsync(ids) : store.findRevoked(ids);
  refuseRevoked(found, ids);
}
