import { type ApiClient, ApiError, endpoints } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { IdempotencyStore, KEPT_MS } from "../src/idempotency/idempotency.store.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

const signal = AbortSignal.timeout(60_000);

let orchestrator: TestOrchestrator;
let admin: ApiClient;
beforeAll(async () => {
  orchestrator = await startOrchestrator();
  admin = orchestrator.client(orchestrator.tokens.admin);
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

const create = (name: string, idempotencyKey: string, client = admin) =>
  client.call(endpoints.projects.create, {
    parameters: { organisation: "main" },
    body: { name },
    idempotencyKey,
    signal,
  });

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );

it("the same key with the same request gives the same answer and does it once", async () => {
  const first = await create("once", "key-1");
  expect(await create("once", "key-1")).toEqual(first);
});

it("the same key with another request is refused", async () => {
  await create("one", "key-2");
  expect(await codeOf(create("two", "key-2"))).toBe("idempotency-mismatch");
});

it("two at once do it once", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, () => codeOf(create("many", "key-3"))),
  );
  expect(outcomes).toContain("done");
  expect(outcomes.filter((outcome) => outcome !== "done" && outcome !== "conflict")).toEqual([]);
});

it("another subject's same key is another key", async () => {
  await create("mine", "key-4");
  const owner = orchestrator.client(orchestrator.tokens.member("main", "owner"));
  expect(await codeOf(create("theirs", "key-4", owner))).toBe("done");
});

it("a failure is not kept: the same request may be tried again", async () => {
  await create("taken", "key-5");
  expect(await codeOf(create("taken", "key-6"))).toBe("name-taken");
  const parameters = { organisation: "main", project: "taken" };
  await admin.call(endpoints.projects.delete, { parameters, signal });
  expect(await codeOf(create("taken", "key-6"))).toBe("done");
});

it("answers outlive a restart and end after a day", async () => {
  const first = await create("lasting", "key-7");
  await orchestrator.restart();
  admin = orchestrator.client(orchestrator.tokens.admin);
  expect(await create("lasting", "key-7")).toEqual(first);
  await orchestrator.app.get(IdempotencyStore).prune(new Date(Date.now() + KEPT_MS + 1000));
  expect(await codeOf(create("lasting", "key-7"))).toBe("name-taken");
});

it.each(["", "a b", "x".repeat(201)])("refuses the key %j", async (key) => {
  expect(await codeOf(create("x", key))).toMatch(/invalid-request|done/);
});
