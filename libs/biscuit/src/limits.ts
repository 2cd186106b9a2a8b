type LimitName =
  | "tokenBytes"
  | "blocks"
  | "fields"
  | "policyLength"
  | "sourceLength"
  | "sourceParts"
  | "sourceDepth"
  | "termDepth"
  | "expressionDepth"
  | "bodyPredicates"
  | "arity"
  | "regexInstructions"
  | "regexDepth";

/**
 * Bounds on what a token or a source may hold. They are far above what real tokens use and exist so that hostile input
 * fails early with a named limit. None of them is part of the wire format.
 */
export const LIMITS: Readonly<Record<LimitName, number>> = {
  /** Bytes of a serialised token, third-party request or third-party block. */
  tokenBytes: 65_536,
  /** Blocks of one token, the authority block included. */
  blocks: 256,
  /** Protobuf fields of one token, in messages of any depth: a fact of two terms has eight. */
  fields: 8192,
  /** UTF-16 units of an authorizer's source, which is the verifier's own and compiled once. */
  policyLength: 262_144,
  /** UTF-16 units of the source of a block or a query, which strangers may write. */
  sourceLength: 16_384,
  /** Names, variables, values and expressions of such a source: what parsing costs grows with them more than with characters. */
  sourceParts: 8192,
  /** Nesting of parentheses, negations, calls and collections in source, together. */
  sourceDepth: 64,
  /** Nesting of sets, arrays and maps. */
  termDepth: 64,
  /** Depth of an expression as a tree, closures included; a row of operators nests too. */
  expressionDepth: 512,
  /** Predicates in the body of one rule or query. */
  bodyPredicates: 128,
  /** Terms of one predicate. */
  arity: 128,
  /** Instructions of one compiled regular expression. */
  regexInstructions: 10_000,
  /** Nesting of groups and classes of a regular expression. */
  regexDepth: 64,
};

/** Bounds on one evaluation. All are counted, none is a clock: the same input always gives the same answer. */
export interface RunLimits {
  /** Facts of the world, given and derived. */
  readonly maxFacts: number;
  /** Rounds of rule application. */
  readonly maxIterations: number;
  /** Rows looked at, operations evaluated and data touched, in units of roughly 10 ns. */
  readonly maxSteps: number;
}

export const DEFAULT_RUN_LIMITS: RunLimits = {
  maxFacts: 1000,
  maxIterations: 100,
  maxSteps: 100_000,
};
