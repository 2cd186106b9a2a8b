import { biscuit, block } from "@bastide/biscuit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PlatformTokens } from "../../test/harness/platform-tokens.ts";
import { knownToken } from "./known-token.ts";
import type { PreparedTrust } from "./trust.ts";
import { UnderWay } from "./under-way.ts";

const platform = new PlatformTokens();
const NOTHING: PreparedTrust = { isWhole: false, keys: new Map(), revoked: [], restored: [] };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const untrusted = new Set<string>();
  const asked: string[] = [];
  const underWay = new UnderWay({
    isTrusted: ({ revocationIds }) => {
      asked.push(revocationIds[0] ?? "");
      return !revocationIds.some((id) => untrusted.has(id));
    },
    timeOfDay: Date.now,
  });
  return { underWay, untrusted, asked };
}

const known = (token = platform.sign(biscuit`user("alice");`)) => knownToken(token, "", 0);

it("ends what stems from a revoked block, once, and asks about nothing else", () => {
  const { underWay, untrusted, asked } = setUp();
  const parent = platform.sign();
  const child = known(parent.attenuate(block`check if true;`));
  const ended: string[] = [];
  underWay.begin(child, (reason) => ended.push(`child ${reason}`));
  underWay.begin(known(), () => ended.push("other"));
  const [id = ""] = parent.revocationIds;
  untrusted.add(id);
  underWay.trustChanged({ ...NOTHING, revoked: [id] });
  underWay.trustChanged({ ...NOTHING, revoked: [id] });
  expect(ended).toEqual(["child token-revoked"]);
  expect(new Set(asked)).toEqual(new Set([id]));
});

it("does not end what is over", () => {
  const { underWay, untrusted } = setUp();
  const token = known();
  const [id = ""] = token.revocationIds;
  const end = vi.fn<(reason: string) => void>();
  underWay.begin(token, end)();
  untrusted.add(id);
  underWay.trustChanged({ ...NOTHING, revoked: [id] });
  expect(end).not.toHaveBeenCalled();
});

it("holds nothing of tokens without a request, and looks at nothing while there is none", () => {
  const { underWay } = setUp();
  const overs = Array.from({ length: 100 }, () => underWay.begin(known(), () => {}));
  expect(underWay.size).toBe(100);
  for (const over of overs) over();
  vi.advanceTimersByTime(1_000);
  expect([underWay.size, vi.getTimerCount()]).toEqual([0, 0]);
});

it("ends what goes on when its token has expired, half a second later at most", () => {
  const { underWay } = setUp();
  const date = new Date(Date.now() + 10_000);
  const token = known(platform.narrowed(block`check if time($t), $t < ${date};`));
  const end = vi.fn<(reason: string) => void>();
  underWay.begin(token, end);
  vi.advanceTimersByTime(token.expiresMs - Date.now() - 1);
  expect(end).not.toHaveBeenCalled();
  vi.advanceTimersByTime(501);
  expect(end.mock.calls).toEqual([["token-expired"]]);
});
