import type { BiscuitErrorCode } from "../errors/codes.ts";
import { renderExplanation } from "./render.ts";

/**
 * Which terms of facts must not be shown: names of predicates, all of whose terms are hidden, or a function of a predicate's
 * name, the term's number from 0 and its value as source. A string is what is shown instead. What is hidden once is hidden
 * everywhere: in other facts, in rules, in expressions and in what is computed from it.
 */
export type Redaction =
  | readonly string[]
  | ((predicate: string, index: number, value: string) => boolean | string);

export interface ExplainOptions {
  readonly redact?: Redaction;
  /** What the explanation itself may cost, in the units of `RunLimits.maxSteps`. 1,000,000 unless given. */
  readonly maxSteps?: number;
}

/** Whose a fact, rule or check is: `"authorizer"`, or the number of a block; 0 is the authority block. */
export type Origin = "authorizer" | number;

/** A fact that an explanation refers to by its number. */
export interface ExplainedFact {
  readonly id: number;
  readonly fact: string;
  readonly origin: readonly Origin[];
  /** Keys of the third parties among its blocks. */
  readonly keys: readonly string[];
  /** Of derived facts: by which rule of which block, from which facts. Premises have lower numbers: there are no cycles. */
  readonly derived?: {
    readonly rule: string;
    readonly origin: Origin;
    readonly premises: readonly number[];
  };
}

/** A part of an expression, and the values of those operands that are more than a literal. */
export interface ExplainedPart {
  readonly expression: string;
  readonly operands: readonly { readonly expression: string; readonly value: string }[];
}

/** Facts that match the predicates of a query, and an expression that is false on them. */
export interface ExplainedFalse {
  readonly facts: readonly number[];
  readonly expression: string;
  readonly because: readonly ExplainedPart[];
}

/** What a query that did not match came closest to. */
export type ExplainedMiss =
  | {
      readonly kind: "no-fact";
      /** The first predicate without a fact, with the values that its variables had by then. */
      readonly wanted: string;
      /** `name/arity` of it. */
      readonly predicate: string;
      /** Whether there is any fact of that name and arity that the query may use. */
      readonly hasOthers: boolean;
      /** The facts of the predicates before it. */
      readonly after: readonly number[];
      /** Facts that match but stem from blocks that are not trusted, with what could be done about it. */
      readonly hidden: readonly {
        readonly fact: number;
        readonly untrusted: readonly Origin[];
        readonly advice: string;
      }[];
      /** Facts of the same predicate with other values. */
      readonly similar: readonly {
        readonly fact: number;
        readonly differs: readonly {
          readonly index: number;
          readonly wanted: string;
          readonly found: string;
        }[];
      }[];
      /** `name/arity` of predicates that may be meant. */
      readonly names: readonly string[];
      /** Rules that could give such a fact, with why they did not. */
      readonly rules: readonly {
        readonly rule: string;
        readonly origin: Origin;
        readonly miss: ExplainedMiss;
      }[];
    }
  | {
      readonly kind: "false";
      readonly examples: readonly ExplainedFalse[];
      /** Of all combinations of facts that match the predicates. */
      readonly count: number;
    };

/** One alternative of a check or policy. */
export interface ExplainedQuery {
  readonly source: string;
  readonly trusts: readonly Origin[];
  readonly isTrue: boolean;
  /** The facts that satisfy it. Of `reject if`: those that reject. */
  readonly facts?: readonly number[];
  /** Of `check all`: a combination that does not hold. */
  readonly counterexample?: ExplainedFalse;
  readonly miss?: ExplainedMiss;
}

export interface ExplainedCheck {
  readonly origin: Origin;
  readonly index: number;
  readonly kind: "one" | "all" | "reject";
  readonly source: string;
  readonly held: boolean;
  readonly queries: readonly ExplainedQuery[];
}

export interface ExplainedPolicy {
  readonly kind: "allow" | "deny";
  readonly index: number;
  readonly source: string;
  readonly matched: boolean;
  readonly queries: readonly ExplainedQuery[];
}

export interface ExplainedError {
  readonly code: BiscuitErrorCode;
  readonly message: string;
  /** The rule, check or policy that was evaluated. */
  readonly place?: { readonly origin: Origin; readonly index?: number; readonly source: string };
  /** When an expression failed: the whole of it, the part that failed, and on which facts. */
  readonly expression?: string;
  readonly part?: ExplainedPart;
  readonly facts?: readonly number[];
  /** When a limit was reached: the predicates with the most facts. */
  readonly largest?: readonly { readonly predicate: string; readonly facts: number }[];
}

/** Version 1 of the shape. Fields may be added to it; a field that changes its meaning changes the version. */
export interface ExplanationData {
  readonly version: 1;
  readonly outcome: "allowed" | "denied" | "no-policy" | "check-failed" | "error";
  /** In the order in which they were tried, up to the one that matched. */
  readonly policies: readonly ExplainedPolicy[];
  /** In the order of evaluation. */
  readonly checks: readonly ExplainedCheck[];
  readonly error?: ExplainedError;
  /** The facts that the rest refers to, and their premises. */
  readonly facts: readonly ExplainedFact[];
  /** False when the explanation itself reached a limit, so that something is missing. */
  readonly complete: boolean;
}

/** Why a decision is as it is. The same decision has the same explanation, always. */
export class Explanation {
  readonly #data: ExplanationData;

  constructor(data: ExplanationData) {
    this.#data = data;
  }

  /** For a person at a terminal: plain text of several lines, no colours. */
  toString(): string {
    return renderExplanation(this.#data);
  }

  /** The documented shape, made of JSON's own values. */
  toJSON(): ExplanationData {
    return this.#data;
  }
}
