import { endpoints } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

let orchestrator: TestOrchestrator;
beforeAll(async () => {
  orchestrator = await startOrchestrator();
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

it("says that it cannot answer now while its database is gone, and goes on when it is back", async () => {
  const admin = orchestrator.client(orchestrator.tokens.admin);
  const body = { name: "kept" };
  await admin.call(endpoints.organisations.create, { body, signal: AbortSignal.timeout(10_000) });

  await orchestrator.postgres.crash();
  const list = () =>
    fetch(`${orchestrator.url}/v1/organisations`, {
      headers: { authorization: `Bearer ${orchestrator.tokens.admin}` },
      signal: AbortSignal.timeout(10_000),
    });
  for (let i = 0; i < 5; i++) {
    const refused = await list();
    expect(await refused.json()).toMatchObject({ status: 503, code: "unavailable" });
    expect(refused.headers.get("retry-after")).toBe("1");
  }
  expect((await fetch(`${orchestrator.url}/healthz`)).status).toBe(503);

  await orchestrator.postgres.start();
  await expect.poll(async () => (await list()).status, { timeout: 30_000 }).toBe(200);
  expect(await (await list()).text()).toContain('"kept"');
  expect((await fetch(`${orchestrator.url}/healthz`)).status).toBe(200);
});
