import { BiscuitError } from "../src/errors/biscuit-error.ts";
import { Budget } from "../src/datalog/budget.ts";
import { LIMITS } from "../src/limits.ts";
import { definePolicy } from "../src/policy/policy.ts";
import { AuthorizerSnapshot } from "../src/policy/snapshot.ts";
import { compileRegex } from "../src/regex/regex.ts";
import { Biscuit, UnverifiedBiscuit } from "../src/token/biscuit.ts";
import { blockFromSource } from "../src/token/block.ts";
import { ThirdPartyBlock, ThirdPartyRequest } from "../src/token/third-party.ts";
import { POLICY_BOMBS, sourceBombs } from "./generate/bombs.ts";
import { mutateBytes, mutateFields } from "./generate/mutations.ts";
import { anyPattern } from "./generate/patterns.ts";
import { anyProgram, sourceOf } from "./generate/programs.ts";
import { ROOTS, THIRD_PARTIES } from "./keys.ts";
import { Random } from "./random.ts";
import type { Failure, Result } from "./run.ts";
import { attempt, ourToken } from "./suites/programs.ts";

/** No input may take longer, on the thread alone. */
const MOST_MS = 5;
/** A pause of the garbage collector or the compiler is not the input's: only what is slow every time is slow. */
const REPEATS = 15;
/** Inputs of one seed; two seeds make a million. */
const INPUTS = 500_000;
const MOST_FAILURES = 5;

/** One input for one entry of the library, as a closure: making it is not what is measured. */
interface Input {
  readonly entry: string;
  readonly value: string | Uint8Array;
  readonly run: () => unknown;
}

type Make = (random: Random) => Input;

interface Pool {
  readonly tokens: readonly Uint8Array[];
  readonly verified: readonly Biscuit[];
  readonly sources: readonly string[];
  readonly policies: readonly string[];
  readonly requests: readonly Uint8Array[];
  readonly answers: readonly Uint8Array[];
  readonly snapshots: readonly Uint8Array[];
}

/** What inputs are mutated from, made once: the inputs themselves must be cheap, as there are a million. */
export function makePool(seed: number): Pool {
  const programs = Array.from({ length: 60 }, (_, i) => anyProgram(new Random(seed, "pool", i)));
  const verified = programs.map(({ blocks }) => ourToken(blocks));
  const policies = programs.map(({ authorizer }) => sourceOf(authorizer));
  const answers = verified.slice(0, 20).map((token, i) => {
    const signer = THIRD_PARTIES[i % THIRD_PARTIES.length] ?? ROOTS.ed25519;
    return token
      .thirdPartyRequest()
      .createBlock(signer, blockFromSource('a("b"); c([1, {"d": 2}]);'))
      .toBytes();
  });
  return {
    tokens: verified.map((token) => token.toBytes()),
    verified,
    sources: programs.flatMap(({ blocks }) => blocks.map(({ statements }) => sourceOf(statements))),
    policies,
    requests: verified.map((token) => token.thirdPartyRequest().toBytes()),
    answers,
    // Some programs fail before there is a world to keep.
    snapshots: verified.flatMap((token, i) => {
      const made = attempt(() =>
        AuthorizerSnapshot.of(definePolicy(policies[i] ?? ""), token).toBytes(),
      );
      return "value" in made ? [made.value] : [];
    }),
  };
}

const mutated = (from: readonly Uint8Array[], random: Random): Uint8Array => {
  const bytes = random.pick(from);
  if (random.chance(0.1)) return random.bytes(random.below(200));
  return random.chance(0.6)
    ? mutateBytes(bytes, random.pick(from), random)
    : mutateFields(bytes, random);
};

const WORDS = ["check if ", "check all ", "reject if ", "allow if ", "deny if ", " or ", " trusting ", "authority", "previous", "<-", "$x", "(", ")", "[", "]", "{", "}", ",", ";", '"', "\\", "1", "-9223372036854775808", "hex:", "true", "null", ".length()", ".all($x -> ", ".try_or(", "2020-01-01T00:00:00Z", "//", "/*", "*/", "\n", "&&", "||", "!", "==", "\u{1d11e}", "\ud800", "extern::f(", "ed25519/"] as const; // prettier-ignore

function mutatedSource(from: readonly string[], random: Random): string {
  if (random.chance(0.15)) return random.many(0, 30, () => random.pick(WORDS)).join("");
  let source = random.pick(from);
  for (let i = random.between(1, 3); i > 0; i--) {
    const at = random.below(source.length + 1);
    const skipped = random.chance(0.5) ? 0 : random.between(1, 6);
    source =
      source.slice(0, at) +
      (random.chance(0.7) ? random.pick(WORDS) : "") +
      source.slice(at + skipped);
  }
  return source;
}

function mutatedText(from: readonly string[], random: Random): string {
  const text = random.pick(from);
  const at = random.below(text.length);
  return random.chance(0.3)
    ? text.slice(0, at)
    : text.slice(0, at) +
        String.fromCharCode(random.chance(0.8) ? random.between(33, 126) : random.below(0x10000)) +
        text.slice(at + random.below(3));
}

const input = (entry: string, value: string | Uint8Array, run: () => unknown): Input => ({
  entry,
  value,
  run,
});

/** Entries of the library, each as often as its number says. */
export function entriesOf(pool: Pool): readonly (readonly [number, Make])[] {
  const texts = pool.verified.map(String);
  const key = ROOTS.ed25519.publicKey;
  const bombs = [...sourceBombs(LIMITS.sourceLength), ...sourceBombs(LIMITS.sourceLength / 8)];
  return [
    [200, (random) => { const value = mutated(pool.tokens, random); return input("decode token", value, () => UnverifiedBiscuit.parse(value)); }],
    [100, (random) => { const value = mutatedText(texts, random); return input("decode text", value, () => UnverifiedBiscuit.parse(value)); }],
    [40, (random) => { const value = mutated(pool.tokens, random); return input("verify token", value, () => Biscuit.parse(value, key)); }],
    [200, (random) => { const value = mutatedSource(pool.sources, random); return input("block source", value, () => blockFromSource(value)); }],
    [60, (random) => { const value = mutatedSource(pool.policies, random); return input("policy source", value, () => definePolicy(value)); }],
    [200, (random) => { const { pattern, text } = anyPattern(random); return input("pattern", `${pattern} on ${text}`, () => { const budget = new Budget(100_000); return compileRegex(pattern, budget)?.matches(text, budget); }); }],
    [60, (random) => { const value = mutated(pool.requests, random); return input("third-party request", value, () => ThirdPartyRequest.parse(value)); }],
    [50, (random) => { const value = mutated(pool.answers, random); return input("third-party block", value, () => ThirdPartyBlock.parse(value)); }],
    [50, (random) => { const value = mutated(pool.snapshots, random); return input("snapshot", value, () => AuthorizerSnapshot.parse(value)); }],
    [40, (random) => { const token = random.pick(pool.verified); const value = mutatedSource(pool.policies, random); return input("evaluate", value, () => definePolicy(value).authorize(token)); }],
    [1, (random) => { const value = random.pick(POLICY_BOMBS); const policy = definePolicy(value); return input("bomb", value, () => policy.authorize(undefined)); }],
    [1, (random) => { const value = random.pick(bombs); return input("long source", value, () => blockFromSource(value)); }],
  ]; // prettier-ignore
}

export function chooser(entries: readonly (readonly [number, Make])[]): readonly Make[] {
  return entries.flatMap(([times, make]) => Array.from({ length: times }, () => make));
}

type Clock = () => number;

/** Never shows less than CPU time, and costs little to read. */
const wallMs: Clock = () => performance.now();

/** CPU time of this thread. Linux brings a thread's own account up to date late, but for one who asks for the process's. */
const threadMs: Clock = () => {
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

function timed(run: () => unknown, clock: Clock): { ms: number; thrown?: unknown } {
  const before = clock();
  try {
    run();
  } catch (thrown) {
    if (!(thrown instanceof BiscuitError)) return { ms: 0, thrown };
  }
  return { ms: clock() - before };
}

/** Why an input is too slow, or nothing: the fastest of many runs, so that the verdict is about the input. */
function slowness({ run }: Input): string | undefined {
  const fastest = Math.min(...Array.from({ length: REPEATS }, () => timed(run, threadMs).ms));
  return fastest > MOST_MS
    ? `takes ${fastest.toFixed(1)} ms of CPU time; at most ${MOST_MS} are allowed`
    : undefined;
}

const thrownBy = (thrown: unknown): string =>
  `throws ${thrown instanceof Error ? thrown.stack : JSON.stringify(thrown)}`;

const printable = (value: string | Uint8Array): string =>
  typeof value === "string" ? value.slice(0, 4000) : Buffer.from(value).toString("hex");

function inputOf(makers: readonly Make[], seed: number, index: number): Input {
  const random = new Random(seed, "robustness", index);
  return random.pick(makers)(random);
}

/** One input again, by the number that a failure names. */
export function replayRobustness(
  seed: number,
  index: number,
): { readonly case: unknown; readonly verdict: string | undefined } {
  const made = inputOf(chooser(entriesOf(makePool(seed))), seed, index);
  const { entry, value, run } = made;
  const { thrown } = timed(run, wallMs);
  const verdict = thrown === undefined ? slowness(made) : thrownBy(thrown);
  return { case: { entry, value: printable(value) }, verdict };
}

/**
 * Whether a failure is one once nothing else runs: two threads on one core make each other look slow, and an input that was
 * only slow beside the other seed's is none.
 */
export const isStillFailing = ({ seed, index, verdict }: Failure): boolean =>
  !String(verdict).startsWith("takes") || replayRobustness(seed, index).verdict !== undefined;

function noteSlow(
  slow: Map<string, Failure>,
  made: Input,
  failure: Omit<Failure, "verdict">,
): void {
  const key = `${made.entry} ${printable(made.value)}`;
  if (!slow.has(key)) slow.set(key, { ...failure, verdict: slowness(made) });
}

/**
 * Random and mutated inputs to every entry that takes what strangers send: nothing but `BiscuitError` is thrown, and none
 * takes longer than it may.
 */
export function runRobustness(
  seed: number,
  round: number,
  inputs = INPUTS,
  until: () => boolean = () => false,
): Result {
  const makers = chooser(entriesOf(makePool(seed)));
  const failures: Failure[] = [];
  // The same bomb comes again and again: it is looked at closely once.
  const slow = new Map<string, Failure>();
  const startedAt = performance.now();
  let index = 0;
  for (; index < inputs && failures.length < MOST_FAILURES; index++) {
    if (index % 4096 === 0 && until()) break;
    const number = round * inputs + index;
    const made = inputOf(makers, seed, number);
    const { ms, thrown } = timed(made.run, wallMs);
    if (thrown === undefined && ms <= MOST_MS) continue;
    const smallest = { entry: made.entry, value: printable(made.value) };
    const failure = { suite: "robustness", seed, index: number, smallest };
    if (thrown !== undefined) failures.push({ ...failure, verdict: thrownBy(thrown) });
    else noteSlow(slow, made, failure);
  }
  failures.push(...Array.from(slow.values()).filter(({ verdict }) => verdict !== undefined));
  return {
    suite: "robustness",
    seed,
    cases: index,
    required: inputs,
    divergences: new Map(),
    failures,
    seconds: (performance.now() - startedAt) / 1000,
  };
}
