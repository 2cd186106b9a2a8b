import { describe, expect, it } from "vitest";
import { biscuit, Biscuit, BiscuitError, block, definePolicy, KeyPair } from "../index.ts";
import type { AuthorizationEvent } from "./event.ts";
import { type GateOptions, RequestGate } from "./gate.ts";
import { requirementOf } from "./requirement.ts";

const key = KeyPair.generate();
const verifier = { verify: (text: string) => Biscuit.parse(text, key.publicKey) };
const now = new Date("2026-01-02T03:04:05Z");
const token = biscuit`user("alice"); right("read");`.sign(key);
const policy = definePolicy(`allow if right("read"); deny if true;`);

function gateWith(options: Partial<GateOptions<string>> = {}) {
  const events: AuthorizationEvent[] = [];
  const audit = (event: AuthorizationEvent): void => void events.push(event);
  const gate = new RequestGate<string>({ verifier, audit, clock: () => now, ...options });
  const ask = (authorization?: string, requirement = requirementOf<string>(policy)) =>
    gate.admit(
      { request: "request", message: { headers: { authorization } }, action: "GET /" },
      (one) => requirement(one, "request", gate.now()),
    );
  return { ask, events };
}

describe("a request gate", () => {
  it("lets a request in that a policy allows, and records who decided", async () => {
    const { ask, events } = gateWith();
    const admission = await ask(`Bearer ${token.toString()}`);
    expect(admission).toMatchObject({ admitted: true, decision: { policy: { index: 0 } } });
    expect(events).toEqual([
      {
        outcome: "allowed",
        at: now,
        action: "GET /",
        policy: expect.objectContaining({ kind: "allow", index: 0 }),
        token: { rootKeyId: undefined, revocationIds: token.revocationIds },
      },
    ]);
  });

  it.each([
    [undefined, 401, "no-token", undefined],
    ["Basic YTpi", 401, "no-token", undefined],
    ["Bearer a b", 400, "malformed-request", undefined],
    ["Bearer abc", 401, "invalid-token", "malformed-token"],
    [
      `Bearer ${biscuit`user(1);`.sign(KeyPair.generate()).toString()}`,
      401,
      "invalid-token",
      "invalid-signature",
    ],
    [`Bearer ${"A".repeat(20_000)}`, 401, "invalid-token", "too-large"],
  ])("turns away %.12s… with %i", async (authorization, status, reason, code) => {
    const { ask, events } = gateWith();
    expect(await ask(authorization)).toMatchObject({ admitted: false, refusal: { status } });
    expect(events).toMatchObject([{ outcome: "refused", reason, status }]);
    expect(events[0]).toHaveProperty("failedChecks", []);
    expect("code" in (events[0] ?? {}) ? Reflect.get(events[0] ?? {}, "code") : undefined).toBe(
      code,
    );
  });

  it("says that a token has expired, and not that it is not allowed to", async () => {
    const until = new Date(now.getTime() - 1000);
    const old = token.attenuate(block`check if time($t), $t < ${until};`);
    const { ask, events } = gateWith();
    expect(await ask(`Bearer ${old.toString()}`)).toMatchObject({
      refusal: {
        status: 401,
        error: "invalid_token",
        detail: expect.stringContaining("expired at"),
      },
    });
    expect(events).toMatchObject([{ reason: "expired" }]);
  });

  it("tells why only to those who are entitled to know", async () => {
    const narrowed = token.attenuate(block`check if secret("x");`).toString();
    const curious = await gateWith().ask(`Bearer ${narrowed}`);
    expect(curious).toMatchObject({ refusal: { status: 403, error: "insufficient_scope" } });
    expect(JSON.stringify(curious)).not.toContain("secret");
    const { ask } = gateWith({ mayKnowWhy: () => true });
    expect(await ask(`Bearer ${narrowed}`)).toMatchObject({
      refusal: { why: expect.arrayContaining([expect.stringContaining('check if secret("x")')]) },
    });
  });

  it("never puts the token into a record or an answer", async () => {
    for (const bearer of [token, token.attenuate(block`check if no("x");`)]) {
      const { ask, events } = gateWith({ mayKnowWhy: () => true });
      const { admitted, ...rest } = await ask(`Bearer ${bearer.toString()}`);
      const shown = JSON.stringify([admitted, "refusal" in rest ? rest.refusal : "", events]);
      expect(shown).not.toContain(bearer.toString().slice(0, 40));
    }
  });

  it("lets failures that are not the token's out as they are", async () => {
    const broken = {
      verify: (): never => {
        throw new Error("the database is down");
      },
    };
    await expect(gateWith({ verifier: broken }).ask("Bearer abc")).rejects.toThrow("database");
    const keyless = {
      verify: (): never => {
        throw new BiscuitError("web-keys-unavailable", "the issuer does not answer");
      },
    };
    await expect(gateWith({ verifier: keyless }).ask("Bearer abc")).rejects.toThrow("issuer");
    const failing = (): never => {
      throw new BiscuitError("invalid-value", "a fact of ours is wrong");
    };
    const { ask } = gateWith();
    await expect(ask(`Bearer ${token.toString()}`, failing)).rejects.toThrow("a fact of ours");
  });

  it("decides nothing that it cannot record", async () => {
    const audit = (): never => {
      throw new Error("the audit log is full");
    };
    const { ask } = gateWith({ audit });
    await expect(ask(`Bearer ${token.toString()}`)).rejects.toThrow("audit log");
  });

  it("waits for a verifier and a decision that come later", async () => {
    const later = { verify: async (text: string) => verifier.verify(text) };
    const { ask } = gateWith({ verifier: later });
    const requirement = async (one: Biscuit) => policy.authorize(one);
    expect(await ask(`Bearer ${token.toString()}`, requirement)).toMatchObject({ admitted: true });
  });
});
