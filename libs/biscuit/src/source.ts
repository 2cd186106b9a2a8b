/** What editors and build steps do with Datalog source. Exported as `@bastide/biscuit/source`. */
export { format, type FormatOptions } from "./format/format.ts";
export { checkSource, type SourceKind } from "./syntax/check-source.ts";
export { type Diagnostic, LINT_CODES, type LintCode } from "./syntax/diagnostic.ts";
