/**
 * What editors and build steps do with Datalog source. Exported as `@bastide/biscuit/source`. Loading it gives the errors of
 * the core their suggestions, and lets them tell of everything that is wrong at once.
 */
import { installSuggestions } from "./syntax/source-help.ts";

installSuggestions();

export { format, type FormatOptions } from "./format/format.ts";
export { lintSource, type LintOptions } from "./format/lint.ts";
export { checkSource, type SourceKind } from "./syntax/check-source.ts";
export { type Diagnostic, LINT_CODES, type LintCode } from "./syntax/diagnostic.ts";
