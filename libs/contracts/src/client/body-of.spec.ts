import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { ApiUnreachable } from "./api-error.ts";
import { bodyOf } from "./body-of.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

const bodyFrom = async (url: string): Promise<ReadableStream<Uint8Array>> =>
  bodyOf(await fetch(url));

it("keeps a body that is read only after its answer was garbage collected", async () => {
  await using server = createServer((_request, response) => response.end("whole"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const body = await bodyFrom(`http://127.0.0.1:${port}`);
  for (let round = 0; round < 10; round += 1) {
    if (typeof collectGarbage === "function") collectGarbage();
    await setImmediate();
  }
  expect(await new Response(body).text()).toBe("whole");
});

it("says when an answer has no body", () => {
  expect(() => bodyOf(new Response(null, { status: 204 }))).toThrow(ApiUnreachable);
});
