import type {
  ExplainedCheck,
  ExplainedError,
  ExplainedFact,
  ExplainedFalse,
  ExplainedMiss,
  ExplainedPart,
  ExplainedPolicy,
  ExplainedQuery,
  ExplanationData,
  Origin,
} from "./explanation.ts";
import { lazyPattern } from "../values/lazy-pattern.ts";

/** Levels of derivations that are drawn; what is below is only counted. */
const MOST_LEVELS = 8;
const MOST_LINES = 400;
const LONGEST_LINE = 400;

const OUTCOMES: Readonly<Record<ExplanationData["outcome"], string>> = {
  allowed: "Allowed",
  denied: "Refused: a deny policy matches",
  "no-policy": "Refused: no policy matches",
  "check-failed": "Refused: an allow policy matches, but not every check holds",
  error: "Refused: the evaluation failed",
};

/** Data of an explanation as lines for a person. Draws only from it, so that what is redacted there cannot come back. */
export function renderExplanation(data: ExplanationData): string {
  const lines = new Renderer(data).lines();
  const shown =
    lines.length > MOST_LINES
      ? [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more lines`]
      : lines;
  return shown.map(printable).join("\n");
}

/** Control characters and those that reverse the direction would let a token write on the reader's terminal. */
const UNPRINTABLE = lazyPattern(String.raw`[\p{Cc}\p{Cf}\u2028\u2029]`, "gu");

function printable(line: string): string {
  const characters = Array.from(line);
  const cut =
    characters.length > LONGEST_LINE ? `${characters.slice(0, LONGEST_LINE).join("")}…` : line;
  return cut.replace(
    UNPRINTABLE(),
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const quoted = (source: string): string => `\`${source}\``;

function nameOf(origin: Origin): string {
  if (origin === "authorizer") return "the authorizer";
  return origin === 0 ? "the authority block" : `block ${origin}`;
}

const join = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

const namesOf = (origins: readonly Origin[]): string => join(origins.map(nameOf));

class Renderer {
  readonly #data: ExplanationData;
  readonly #facts: ReadonlyMap<number, ExplainedFact>;
  /** Facts whose derivation has been drawn already. */
  readonly #drawn = new Set<number>();

  constructor(data: ExplanationData) {
    this.#data = data;
    this.#facts = new Map(data.facts.map((fact) => [fact.id, fact]));
  }

  lines(): string[] {
    const { outcome, policies, checks, error, complete } = this.#data;
    const failed = checks.filter(({ held }) => !held);
    const held = checks.filter((check) => check.held);
    const matched = policies.filter((policy) => policy.matched);
    const unmatched = policies.filter((policy) => !policy.matched);
    // Why no other policy was tried successfully is of interest only when the answer is no.
    const missed = outcome === "no-policy" || outcome === "denied" ? unmatched : [];
    return [
      `${OUTCOMES[outcome]}.`,
      ...(error === undefined ? [] : this.#error(error)),
      ...(outcome === "no-policy" && policies.length === 0 ? ["There are no policies."] : []),
      ...matched.flatMap((policy) => this.#policy(policy)),
      ...missed.flatMap((policy) => this.#policy(policy)),
      ...failed.flatMap((check) => this.#check(check)),
      ...held.flatMap((check) => this.#check(check)),
      ...(complete ? [] : ["This explanation reached its own limit: something is missing."]),
    ];
  }

  #policy({ index, source, matched, queries }: ExplainedPolicy): string[] {
    const title = `Policy ${index} ${matched ? "matches" : "does not match"}: ${source}`;
    const lines = queries
      .filter((query) => query.isTrue === matched)
      .flatMap((query) => this.#query(query, "policy", queries.length > 1));
    return [title, ...indent(lines)];
  }

  #check({ origin, index, source, held, queries, kind }: ExplainedCheck): string[] {
    const title = `Check ${index} of ${nameOf(origin)} ${held ? "holds" : "fails"}: ${source}`;
    // Of alternatives that reject none may match; otherwise the ones that decided are told.
    const wanted = kind === "reject" ? !held : held;
    const lines = queries
      .filter((query) => query.isTrue === wanted && !(kind === "reject" && held))
      .flatMap((query) => this.#query(query, "check", queries.length > 1));
    return [title, ...indent(lines)];
  }

  #query(query: ExplainedQuery, owner: string, isOneOfMany: boolean): string[] {
    const lines = [
      ...this.#factTree(query.facts ?? [], 0),
      ...(query.counterexample === undefined ? [] : this.#false(query.counterexample)),
      ...(query.miss === undefined ? [] : this.#miss(query.miss, owner)),
    ];
    return isOneOfMany ? [`alternative ${query.source}:`, ...indent(lines)] : lines;
  }

  #miss(miss: ExplainedMiss, owner: string): string[] {
    if (miss.kind === "false") return this.#falseMiss(miss);
    return [
      ...this.#missHead(miss),
      ...miss.hidden.map(
        ({ fact, untrusted, advice }) =>
          `${quoted(this.#text(fact))} exists in ${namesOf(untrusted)}, which this ${owner} does not trust; ${advice}`,
      ),
      ...miss.similar.map((similar) => this.#similar(similar)),
      ...(miss.names.length === 0 ? [] : [`there is ${join(miss.names.map(quoted))}`]),
      ...(miss.after.length === 0 ? [] : ["after these facts matched:"]),
      ...indent(this.#factTree(miss.after, 0)),
      ...miss.rules.flatMap(({ rule, origin, miss: inner }) => [
        `a rule of ${nameOf(origin)} could give it, but does not apply: ${rule}`,
        ...indent(this.#miss(inner, "rule")),
      ]),
    ];
  }

  #missHead(miss: Extract<ExplainedMiss, { kind: "no-fact" }>): string[] {
    const isAlone = !miss.hasOthers && miss.hidden.length === 0;
    return [
      isAlone
        ? `no fact ${quoted(miss.predicate)}; wanted is ${quoted(miss.wanted)}`
        : `no fact matches ${quoted(miss.wanted)}`,
    ];
  }

  #similar({
    fact,
    differs,
  }: Extract<ExplainedMiss, { kind: "no-fact" }>["similar"][number]): string {
    const terms = differs.map(
      ({ index, wanted, found }) => `term ${index + 1} is ${found}, not ${wanted}`,
    );
    return `there is ${quoted(this.#text(fact))}: ${join(terms)}`;
  }

  #falseMiss({ examples, count }: Extract<ExplainedMiss, { kind: "false" }>): string[] {
    const rest = count - examples.length;
    return [
      ...examples.flatMap((example) => this.#false(example)),
      ...(rest === 0 ? [] : [`and ${rest} more combinations of facts on which it is false`]),
    ];
  }

  #false({ facts, expression, because }: ExplainedFalse): string[] {
    return [
      `${expression} is false`,
      ...indent(because.flatMap((part) => this.#part(part, expression))),
      ...(facts.length === 0 ? [] : ["on these facts:"]),
      ...indent(this.#factTree(facts, 0)),
    ];
  }

  #part({ expression, operands }: ExplainedPart, whole: string): string[] {
    const values = operands.map((operand) => `${operand.expression} is ${operand.value}`);
    if (expression === whole) return values.length === 0 ? [] : [join(values)];
    return [`${expression}${values.length === 0 ? "" : `: ${join(values)}`}`];
  }

  #error({ code, message, place, expression, part, facts, largest }: ExplainedError): string[] {
    const where = place === undefined ? [] : [`in ${nameOf(place.origin)}: ${place.source}`];
    return [
      `${code}: ${message}`,
      ...indent([
        ...where,
        ...(expression === undefined ? [] : [`in the expression ${expression}`]),
        ...(part === undefined ? [] : this.#part(part, expression ?? "")),
        ...(facts === undefined || facts.length === 0 ? [] : ["on these facts:"]),
        ...indent(this.#factTree(facts ?? [], 0)),
        ...(largest ?? []).map((each) => `${each.facts} facts ${each.predicate}`),
      ]),
    ];
  }

  #text(id: number): string {
    return this.#facts.get(id)?.fact ?? `fact ${id}`;
  }

  /** Facts with what they were derived from below them. */
  #factTree(ids: readonly number[], level: number): string[] {
    return ids.flatMap((id) => {
      const fact = this.#facts.get(id);
      return fact === undefined ? [] : this.#drawFact(fact, level);
    });
  }

  #drawFact({ id, fact, origin, keys, derived }: ExplainedFact, level: number): string[] {
    const signed = keys.length === 0 ? "" : `, signed by ${join(keys)}`;
    if (derived === undefined) return [`${fact} from ${namesOf(origin)}${signed}`];
    const title = `${fact} by a rule of ${nameOf(derived.origin)}: ${derived.rule}`;
    if (this.#drawn.has(id)) return [`${fact}, derived as above`];
    if (level >= MOST_LEVELS) return [`${title} …`];
    this.#drawn.add(id);
    return [title, ...indent(this.#factTree(derived.premises, level + 1))];
  }
}
