import { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";

/** Root keys by id, such as those of a `KeyRing`. */
export interface RootKeyCandidates {
  /** The keys to try for a token with this id, at least one. Throws `unknown-root-key` or `inactive-root-key`. */
  candidates(rootKeyId: number | undefined): readonly PublicKey[];
}

export const namesKey = (id: number | undefined): string =>
  id === undefined ? "names no root key" : `names root key ${id}`;

/** What verifies tokens: keys by id, one key for all of them, or a function of the id. */
export type RootKeys =
  | RootKeyCandidates
  | PublicKey
  | ((rootKeyId: number | undefined) => PublicKey | undefined);

/** Root keys that come later, such as those of a `WebKeySource`. */
export interface AsyncRootKeys {
  /** As `KeyRing.candidates`. Must come to an end by itself. */
  candidatesAsync(rootKeyId: number | undefined): Promise<readonly PublicKey[]>;
}

function noKey(rootKeyId: number | undefined): never {
  throw new BiscuitError("unknown-root-key", `the token ${namesKey(rootKeyId)}; it is not known`);
}

/** The keys to try, at least one. Throws `unknown-root-key` or `inactive-root-key`. */
export function candidateKeys(keys: RootKeys, rootKeyId: number | undefined): readonly PublicKey[] {
  if (keys instanceof PublicKey) return [keys];
  if ("candidates" in keys) return keys.candidates(rootKeyId);
  const key = keys(rootKeyId);
  return key === undefined ? noKey(rootKeyId) : [key];
}

/** As `candidateKeys`, for either kind. */
export async function candidateKeysAsync(
  keys: RootKeys | AsyncRootKeys,
  rootKeyId: number | undefined,
): Promise<readonly PublicKey[]> {
  if (!("candidatesAsync" in keys)) return candidateKeys(keys, rootKeyId);
  const candidates = await keys.candidatesAsync(rootKeyId);
  return candidates.length > 0 ? candidates : noKey(rootKeyId);
}
