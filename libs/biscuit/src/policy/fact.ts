import type { Fact } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { isName } from "../syntax/names.ts";
import { fromHex } from "../values/hex.ts";
import { fromJs, type TermInput } from "../values/from-js.ts";

/**
 * A fact from JavaScript values: fact("operation", "deploy"), fact("time", new Date()).
 * Throws `invalid-value` for a name or a value that cannot be written, and for a fact without terms.
 */
export function fact(name: string, ...terms: readonly [TermInput, ...TermInput[]]): Fact {
  if (!isName(name)) {
    throw new BiscuitError(
      "invalid-value",
      `${JSON.stringify(name)} is no name: a letter or _, then letters, digits, _ or :`,
    );
  }
  return { name, terms: terms.map((term) => fromJs(term)) };
}

/**
 * `revocation_id(index, bytes)` for each block, as the specification lets an authorizer state them; other implementations do
 * not by themselves, and nor does this one: policies that ask for them need these in their context.
 */
export function revocationFacts(token: { readonly revocationIds: readonly string[] }): Fact[] {
  return token.revocationIds.map((id, index) =>
    fact("revocation_id", index, fromHex(id) ?? new Uint8Array()),
  );
}
