import { BiscuitError } from "../errors/biscuit-error.ts";

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
