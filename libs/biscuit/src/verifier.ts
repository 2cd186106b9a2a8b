/**
 * Key rings, verification that remembers, and revocations in memory: for servers. Exported as `@bastide/biscuit/verifier`.
 */
export { KeyRing, type KeyRingOptions, type RootKey } from "./token/key-ring.ts";
export { MemoryRevocationStore } from "./token/memory-revocation-store.ts";
export {
  AsyncTokenVerifier,
  type AsyncTokenVerifierOptions,
  TokenVerifier,
  type TokenVerifierOptions,
  type VerifierCacheOptions,
} from "./token/token-verifier.ts";
