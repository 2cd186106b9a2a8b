import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { isRepeatable } from "./exchange.ts";

function requestOf(method: string, headers: Record<string, string> = {}) {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  Object.assign(request.headers, headers);
  return { request };
}

it("repeats what is idempotent and has no body", () => {
  expect(
    ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].map((m) => isRepeatable(requestOf(m))),
  ).toEqual([true, true, true, true, true]);
  expect(["POST", "PATCH", "CONNECT", "get"].some((m) => isRepeatable(requestOf(m)))).toBe(false);
  expect(isRepeatable(requestOf("PUT", { "content-length": "3" }))).toBe(false);
  expect(isRepeatable(requestOf("GET", { "transfer-encoding": "chunked" }))).toBe(false);
});
