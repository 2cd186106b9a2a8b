import { BiscuitError } from "@bastide/biscuit";
import { describe, expect, it } from "vitest";
import { aNode } from "./fleet.fixture.ts";
import { asksFor, PlacementPolicy } from "./placement-policy.ts";

const french = aNode("a", { facts: { country: ["FR"], operator_law: ["eu"] } });
const american = aNode("b", { facts: { country: ["US"], operator_law: ["us", "eu"] } });
const silent = aNode("c");

const refusalBy = (source: string) => {
  const policy = new PlacementPolicy(source);
  return (node: ReturnType<typeof aNode>) => policy.refusal(node);
};

describe("a placement policy", () => {
  it("of checks only lets through what passes them, and says which failed on what", () => {
    const refusal = refusalBy(`check if country($c), ["FR", "DE"].contains($c);`);
    expect(refusal(french)).toBeUndefined();
    expect(refusal(american)).toEqual({
      code: "policy",
      fact: `policy \`check if country($c), ["FR", "DE"].contains($c)\` failed: country is US`,
    });
  });

  it("refuses a node of which nobody has said what it asks for, also where it asks for what must not be", () => {
    const refusal = refusalBy(`reject if operator_law("us");`);
    expect(refusal(french)).toBeUndefined();
    expect(refusal(american)?.fact).toContain("operator_law is us and eu");
    expect(refusal(silent)).toEqual({
      code: "policy-unanswered",
      fact: "the policy asks for operator_law, which is not said",
    });
  });

  it("asks for what a node proves, and takes silence for no", () => {
    const refusal = refusalBy(`check if memory_encryption($kind);`);
    expect(refusal(aNode("d", { facts: { memory_encryption: ["tdx"] } }))).toBeUndefined();
    expect(refusal(silent)?.fact).toContain("memory_encryption is not said");
  });

  it("with alternatives decides by the first that matches", () => {
    const refusal = refusalBy(`deny if country("US"); allow if country($c);`);
    expect(refusal(french)).toBeUndefined();
    expect(refusal(american)).toEqual({
      code: "policy",
      fact: 'policy `deny if country("US")` failed: country is US',
    });
    const strict = refusalBy(`allow if label("tier", "gold");`);
    expect(strict(french)).toEqual({
      code: "policy",
      fact: "no `allow if` of the policy matches",
    });
    expect(strict({ ...french, labels: { tier: "gold" } })).toBeUndefined();
  });

  it("that asks for nothing has nothing to state", () => {
    expect(refusalBy("deny if true;")(french)?.fact).toBe("policy `deny if true` failed");
  });

  it("that fails while it is evaluated refuses", () => {
    const refusal = refusalBy(`check if country($c), $c + 1 > 2;`);
    expect(refusal(french)?.code).toBe("policy-error");
  });

  it("that doesn't parse is told with its place", () => {
    const place = { position: expect.objectContaining({ line: 2, column: 1 }) };
    const parse = () => new PlacementPolicy('check if country("FR");\nchek if true;');
    expect(parse).toThrow(BiscuitError);
    expect(parse).toThrow(expect.objectContaining(place));
  });

  it("knows what it asks for", () => {
    expect(asksFor(`check if country ($c), label("a", $x);`)).toEqual(["country", "label"]);
  });
});
