/**
 * Everything but the gates and the policy tests. `@bastide/biscuit/core` is what mints, attenuates, verifies and authorises,
 * for bundles in which every kilobyte counts; the rest is there by the name of its part. There `decision.explain()` works
 * once `@bastide/biscuit/explain` was imported, errors of source have suggestions once `@bastide/biscuit/source` was, and
 * keys are read and written as PEM, DER and JWK once `@bastide/biscuit/key-formats` was.
 */
import "./crypto/key-formats.ts";

export * from "./core.ts";
export { explain } from "./explain/explain.ts";
export * from "./inspect.ts";
export * from "./snapshot.ts";
export * from "./source.ts";
export * from "./verifier.ts";
export * from "./web-keys.ts";
