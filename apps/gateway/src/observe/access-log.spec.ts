import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import type { Exchange } from "../exchange/exchange.ts";
import { AccessLog } from "./access-log.ts";

function exchangeTo(path: string, flags = 1): Exchange {
  const request = new IncomingMessage(new Socket());
  request.method = "GET";
  request.headers = { authorization: "Bearer secret", cookie: "session=secret" };
  const response = new ServerResponse(request);
  const trace = { traceId: "t", spanId: "s", flags, state: undefined };
  return {
    request,
    response,
    host: "h",
    path,
    target: `${path}?token=secret`,
    startedAtMs: 0,
    trace,
  };
}

function bench() {
  const lines: Record<string, unknown>[] = [];
  const clock = { nowMs: 5 };
  let omitted = 0;
  const log = new AccessLog({
    log: (level, message, facts) => lines.push({ level, message, ...facts }),
    now: () => clock.nowMs,
    linesPerSecond: 20,
    onOmitted: () => (omitted += 1),
  });
  const many = (count: number, status = 200) => {
    for (let i = 0; i < count; i++)
      log.served(exchangeTo("/"), { end: "answered", attempts: 1 }, status);
  };
  return { lines, clock, log, many, omitted: () => omitted };
}

it("writes few requests whole, without query, token or cookie", () => {
  const { log, lines } = bench();
  log.served(exchangeTo("/x"), { end: "answered", attempts: 1, instance: "i" }, 200);
  expect(lines).toEqual([
    expect.objectContaining({
      message: "request",
      path: "/x",
      status: 200,
      ms: 5,
      instance: "i",
      trace: "t",
    }),
  ]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

it("leaves out requests whose trace is not sampled, but no error", () => {
  const { log, lines } = bench();
  log.served(exchangeTo("/", 0), { end: "answered", attempts: 1 }, 200);
  log.served(exchangeTo("/", 0), { end: "answered", attempts: 1 }, 404);
  expect(lines).toEqual([]);
  log.served(exchangeTo("/", 0), { end: "answered", attempts: 1 }, 502);
  log.served(exchangeTo("/", 0), { end: "cut", attempts: 1 }, 200);
  expect(lines.map(({ status }) => status)).toEqual([502, 200]);
});

it("leaves requests out when there are too many, and says how many", () => {
  const { lines, clock, many, omitted } = bench();
  many(1_000);
  expect(lines).toHaveLength(100);
  clock.nowMs = 105;
  many(1_000);
  expect(lines).toHaveLength(102);
  expect(lines[100]).toMatchObject({ omittedBefore: 900 });
  expect(omitted()).toBe(1_898);
});

it("still has lines for errors when others have used up theirs, and bounds them too", () => {
  const { lines, many } = bench();
  many(1_000);
  many(1_000, 503);
  expect(lines.filter(({ status }) => status === 503)).toHaveLength(500);
});
