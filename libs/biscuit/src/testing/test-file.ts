import type { PublicKey } from "../crypto/public-key.ts";
import type { BlockContent, Fact } from "../datalog/ast.ts";
import type { ParameterInputs } from "../syntax/source-parameters.ts";

/** One block of a token, with the third party that signed it. */
export interface TestBlock {
  readonly content: BlockContent;
  readonly signer: PublicKey | undefined;
}

/** The authority block, then those that were added. */
export type TestToken = readonly TestBlock[];

/** A policy's source and how it is called in reports. */
export interface TestPolicy {
  /** The path it was loaded from, or the name of the test file's own. */
  readonly name: string;
  /** Blank where the test file has something else, so that lines are the test file's. */
  readonly source: string;
}

/** A check in an expectation: number `index` of the authorizer or of a block. */
export interface ExpectedCheck {
  readonly origin: number | "authorizer";
  readonly index: number;
}

export type Expectation = (
  | { readonly kind: "allow" | "deny"; readonly index: number | undefined }
  | { readonly kind: "refuse" }
  | { readonly kind: "no-policy" }
  /** These checks fail and no others. */
  | { readonly kind: "checks"; readonly checks: readonly ExpectedCheck[] }
  | { readonly kind: "error"; readonly code: string }
) & {
  /** As it is written. */
  readonly source: string;
};

export interface TestCase {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly policy: TestPolicy;
  /** Undefined for callers without a token. */
  readonly token: TestToken | undefined;
  readonly facts: readonly Fact[];
  /** Of the policy. */
  readonly parameters: ParameterInputs;
  readonly expectation: Expectation;
  /** What the explanation must contain. */
  readonly reasons: readonly string[];
}
