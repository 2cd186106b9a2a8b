import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { AccessLog } from "./access-log.ts";

function exchangeTo(path: string) {
  const request = new IncomingMessage(new Socket());
  request.method = "GET";
  const response = new ServerResponse(request);
  return { request, response, host: "h", path, target: `${path}?token=secret`, startedAtMs: 0 };
}

it("writes few requests whole, without their query", () => {
  const lines: unknown[] = [];
  const log = new AccessLog(
    (...line) => lines.push(line),
    () => 5,
  );
  log.served(exchangeTo("/x"), { end: "answered", attempts: 1, instance: "i" }, 200);
  expect(lines).toEqual([
    ["info", "request", expect.objectContaining({ path: "/x", status: 200, ms: 5, instance: "i" })],
  ]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

it("leaves requests out when there are too many, and says how many", () => {
  let nowMs = 0;
  const facts: Record<string, unknown>[] = [];
  const log = new AccessLog(
    (_, __, line) => facts.push({ ...line }),
    () => nowMs,
  );
  const many = (count: number) => {
    for (let i = 0; i < count; i++)
      log.served(exchangeTo("/"), { end: "answered", attempts: 1 }, 200);
  };
  many(1_000);
  expect(facts).toHaveLength(100);
  nowMs = 100;
  many(1_000);
  expect(facts).toHaveLength(102);
  expect(facts[100]).toMatchObject({ omittedBefore: 900 });
});
