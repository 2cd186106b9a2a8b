/** Every code a `BiscuitError` can have. Codes are stable; messages are for people and may change. */
export const ERROR_CODES = [
  // Bytes and text of tokens
  "malformed-token",
  "too-large",
  "unsupported-version",
  "feature-above-version",
  "unknown-symbol",
  "symbol-overlap",
  "unknown-public-key",
  // Keys and signatures
  "invalid-key",
  "invalid-signature",
  "invalid-signature-format",
  "unknown-root-key",
  "inactive-root-key",
  "async-required",
  "signer-failed",
  "revoked",
  "sealed",
  "malformed-third-party",
  "malformed-snapshot",
  "malformed-web-keys",
  "web-keys-unavailable",
  // Datalog source and values handed in
  "syntax",
  "invalid-value",
  "invalid-rule",
  "invalid-parameters",
  // Evaluation
  "overflow",
  "divide-by-zero",
  "invalid-type",
  "unknown-variable",
  "shadowed-variable",
  "undefined-extern",
  "extern-failed",
  "too-many-facts",
  "too-many-iterations",
  "too-many-steps",
  "unexpected-result",
  "unsupported-regex",
  // Use of the library
  "not-installed",
] as const;

/** One of `ERROR_CODES`. */
export type BiscuitErrorCode = (typeof ERROR_CODES)[number];
