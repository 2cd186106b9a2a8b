import { biscuit, block, KeyPair } from "@bastide/biscuit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { route } from "../table/route.fixture.ts";
import { Decisions } from "./decisions.ts";
import { REQUEST_FACTS, type RequestFacts } from "./request-facts.ts";
import { type RoutePolicy, routePolicyOf } from "./route-policy.ts";

const NOW_MS = 1_700_000_000_000;
const FACTS: RequestFacts = { method: "GET", host: "a.test", path: "/", client_ip: "192.0.2.1" };
const token = biscuit`user("alice");`.sign(KeyPair.generate());
/** What this token is let in by depends on the host, whatever a policy reads. */
const bound = token.attenuate(block`check if host($host), $host.starts_with("1");`);

function policyOf(policy: string): RoutePolicy {
  const authorization = {
    kind: "biscuit",
    policy,
    identity: "none",
    staleAfterSeconds: 1,
  } as const;
  const compiled = routePolicyOf(route("a.test", [], { settings: { authorization } }));
  if (!compiled) throw new Error("the route has no policy");
  return compiled;
}

/** Every set of facts, and a policy whose decision depends on the values of all of them. */
const POLICIES = Array.from({ length: 2 ** REQUEST_FACTS.length }, (_, set) => {
  const reads = REQUEST_FACTS.filter((_name, i) => set & (1 << i));
  const values = reads.map((name) => `${name}($${name}), $${name}.length() != 1`);
  return [reads, policyOf(`allow if ${['user("alice")', ...values].join(", ")}`)] as const;
});
const METHODS = policyOf('allow if user("alice"), method($method)');

// Made of what keys could be cut at: lengths, separators, and nothing at all.
const text = fc.string({ unit: fc.constantFrom("1", "2", ":", "/", " ", "\0"), maxLength: 4 });
const request = fc.record({ method: text, host: text, path: text, client_ip: text });

it.each([
  ["a token", token, []],
  ["a token that is bound to a host", bound, ["host"] as const],
])(
  "%s: requests share a decision if and only if all that is read of them is the same",
  (_, of, more) => {
    const pair = fc.tuple(
      fc.constantFrom(...POLICIES),
      request,
      request,
      fc.subarray([...REQUEST_FACTS]),
    );
    const decisions = new Decisions(of);
    fc.assert(
      fc.property(pair, ([[reads, policy], one, another, same]) => {
        const other = { ...another, ...Object.fromEntries(same.map((name) => [name, one[name]])) };
        const all = REQUEST_FACTS.filter((name) => [...reads, ...more].includes(name));
        const [first, second] = [one, other].map((facts) => decisions.about(policy, facts, NOW_MS));
        const isSame = all.every((name) => one[name] === other[name]);
        expect(first === second).toBe(isSame);
        for (const [facts, made] of [
          [one, first],
          [other, second],
        ] as const) {
          expect(made?.allowed).toBe(decisions.decide(policy, facts, NOW_MS).allowed);
          expect(decisions.about(policy, facts, NOW_MS)).toBe(made);
        }
      }),
      { numRuns: 1_000 },
    );
  },
);

it("two policies never share a decision, however many there were before", () => {
  const decisions = new Decisions(token);
  const [allowing, refusing] = ['allow if user("alice")', 'allow if user("bob")'];
  for (let i = 0; i < 200; i++) {
    const isAllowing = i % 3 === 0;
    const policy = policyOf(isAllowing ? allowing : refusing);
    for (const time of ["first", "again"])
      expect([time, decisions.about(policy, FACTS, NOW_MS).allowed]).toEqual([time, isAllowing]);
  }
});

it("remembers at most 128 decisions of one token, at whatever routes, and those that were used last", () => {
  const decisions = new Decisions(token);
  const others = [METHODS, policyOf('allow if user("alice"), method($m)')];
  const about = (number: number) =>
    decisions.about(others[number % 2] ?? METHODS, { ...FACTS, method: String(number) }, NOW_MS);
  const made = Array.from({ length: 1_000 }, (_, i) => {
    about(0);
    return about(i);
  });
  expect([about(0) === made[0], about(999) === made[999], about(1) === made[1]]).toEqual([
    true,
    true,
    false,
  ]);
  // The newest first: asking makes them anew, and what is made anew takes the place of others.
  const kept = made.toReversed().filter((one, i) => about(999 - i) === one);
  expect(kept.length).toBeGreaterThan(32);
  expect(kept.length).toBeLessThanOrEqual(128);
});

it("does not remember what was decided about a long path, so that made-up paths take no room", () => {
  const decisions = new Decisions(token);
  const paths = policyOf('allow if user("alice"), path($path)');
  const isKept = (path: string): boolean =>
    decisions.about(paths, { ...FACTS, path }, NOW_MS) ===
    decisions.about(paths, { ...FACTS, path }, NOW_MS);
  expect([isKept(`/${"x".repeat(200)}`), isKept(`/${"x".repeat(300)}`)]).toEqual([true, false]);
  expect(decisions.about(METHODS, { ...FACTS, path: "x".repeat(8_000) }, NOW_MS)).toBe(
    decisions.about(METHODS, FACTS, NOW_MS),
  );
});
