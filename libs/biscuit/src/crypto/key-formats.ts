/**
 * PEM, DER and JSON Web Keys. Exported as `@bastide/biscuit/key-formats`; loading it makes the methods of `PublicKey` and
 * `KeyPair` work that are named for them.
 */
import { installKeyFormats } from "./key-files.ts";

installKeyFormats();

export type { PrivateJwk, PublicJwk } from "./jwk.ts";
