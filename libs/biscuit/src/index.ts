/**
 * Everything but the gates and the policy tests. `@bastide/biscuit/core` is what mints, attenuates, verifies and authorises,
 * for bundles in which every kilobyte counts; the rest is there by the name of its part. There `decision.explain()` works
 * once `@bastide/biscuit/explain` was imported, errors of source have suggestions once `@bastide/biscuit/source` was, and
 * keys are read and written as PEM, DER and JWK once `@bastide/biscuit/key-formats` was.
 */
import { installKeyFormats } from "./crypto/key-files.ts";
import { installExplanations } from "./explain/explainer.ts";
import { installSuggestions } from "./syntax/source-help.ts";

// Not by their entries: each file more that is loaded costs more time than what is in it.
installExplanations();
installKeyFormats();
installSuggestions();

export * from "./core.ts";
export { explain } from "./explain/explainer.ts";
export * from "./inspect.ts";
export * from "./snapshot.ts";
export { format, type FormatOptions } from "./format/format.ts";
export { lintSource, type LintOptions } from "./format/lint.ts";
export { checkSource, type SourceKind } from "./syntax/check-source.ts";
export { type Diagnostic, LINT_CODES, type LintCode } from "./syntax/diagnostic.ts";
export * from "./verifier.ts";
export * from "./web-keys.ts";
