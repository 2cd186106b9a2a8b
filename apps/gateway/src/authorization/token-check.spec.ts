import { expect, it } from "vitest";
import { PlatformTokens } from "../../test/harness/platform-tokens.ts";
import { type Checked, TOKEN_CHECK_LIMITS, TokenCheck } from "./token-check.ts";
import { Trust } from "./trust.ts";

const LIMITS = {
  ...TOKEN_CHECK_LIMITS,
  failures: { requests: 1, perSeconds: 60, burst: 2 },
};

const setUp = (limits = LIMITS): TokenCheck => new TokenCheck(new Trust(), () => 0, limits);
const forged = (): string => new PlatformTokens(1).sign().toString();
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("begins one verification in each turn of the event loop", async () => {
  const check = setUp();
  const done: Checked["kind"][] = [];
  const all = ["192.0.2.1", "192.0.2.2"].map(async (client) => {
    const { kind } = await check.check(forged(), forged(), client);
    done.push(kind);
  });
  expect(done).toEqual([]);
  await turnOfTheLoop();
  expect(done).toEqual(["invalid"]);
  await Promise.all(all);
});

it("does not verify what a client sent at once with those that failed", async () => {
  const check = setUp();
  const kinds = Array.from({ length: 4 }, async () => {
    const { kind } = await check.check(forged(), forged(), "192.0.2.1");
    return kind;
  });
  expect(await Promise.all(kinds)).toEqual(["invalid", "invalid", "distrusted", "distrusted"]);
});

it("holds that against no other client with the same token", async () => {
  const check = setUp();
  const shared = forged();
  for (const bad of [forged(), forged()]) void check.check(bad, bad, "192.0.2.1");
  const [own, others] = ["192.0.2.1", "192.0.2.2"].map((client) =>
    check.check(shared, shared, client),
  );
  expect(await own).toHaveProperty("kind", "distrusted");
  expect(await others).toEqual({ kind: "invalid" });
});

it("takes no more characters at once than it may", async () => {
  const [one, other] = [forged(), forged()];
  const check = setUp({ ...LIMITS, mostVerifyingCharacters: one.length + other.length - 1 });
  const first = check.check(one, one, "192.0.2.1");
  expect(check.check(other, other, "192.0.2.2")).toEqual({ kind: "verifying" });
  await first;
  expect(await check.check(other, other, "192.0.2.2")).toEqual({ kind: "invalid" });
});
