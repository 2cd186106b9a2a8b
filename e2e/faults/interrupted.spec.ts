import { expect, it } from "vitest";
import { uncleanness } from "./interrupted.ts";

const kept = { before: "v1", after: "v1" };
const switched = { before: "v1", after: "v2" };
const failure = { code: "build-failed", message: "the agent died", lastLogs: [] };

it("is clean to succeed with what was deployed serving, or to fail with a reason and what served before", () => {
  expect(uncleanness({ phase: "succeeded", version: 2 }, switched)).toBeUndefined();
  expect(uncleanness({ phase: "failed", version: 2, failure }, kept)).toBeUndefined();
});

it.each([
  ["succeeds and does not serve", { phase: "succeeded", version: 2 }, kept],
  ["fails without a reason", { phase: "failed", version: 2 }, kept],
  ["fails and serves what failed", { phase: "failed", version: 2, failure }, switched],
  ["is given up by nobody", { phase: "cancelled", version: 2 }, kept],
] as const)("is not clean where a deployment %s", (_, deployment, served) => {
  expect(uncleanness(deployment, served)).toMatch(/v2|cancelled|without a message/);
});
