/** What tools say about tokens, policies and errors. Exported as `@bastide/biscuit/inspect`. */
export { ERROR_CODES } from "./errors/codes.ts";
export { type PolicyReads, type ReadPredicate, readsOf } from "./policy/reads.ts";
export { referenceForm, referenceFormOfError } from "./policy/reference-form.ts";
export { expiryOf } from "./token/expiry.ts";
