import type { IncomingMessage } from "node:http";
import type { ClientAnswer } from "../exchange/client-answer.ts";
import { hopByHop } from "../exchange/hop-by-hop.ts";
import { linger } from "../exchange/linger.ts";
import { trailersFor } from "../exchange/trailers.ts";
import type { AttemptOutcome } from "./proxy-engine.ts";

/**
 * Gives an upstream's answer to the client, bytes as they come and headers at once. Resolves when all of it was
 * handed over or one side is gone; then the other side is closed too.
 */
export function relay(from: IncomingMessage, to: ClientAnswer): Promise<AttemptOutcome> {
  const status = from.statusCode ?? 502;
  from.on("error", () => {});
  to.on("error", () => {});
  if (!tryWriteHead(from, to)) {
    from.destroy();
    return Promise.resolve({ kind: "failed", reason: "invalid", isSent: true });
  }
  return new Promise((resolve) => {
    from.once("close", () => {
      if (from.complete) return;
      resolve({ kind: "cut", status });
      to.destroy();
    });
    to.once("finish", () => {
      linger(to.req);
      resolve({ kind: "answered", status });
    });
    to.once("close", () => {
      resolve({ kind: "client-gone" });
      if (!from.readableEnded) from.destroy();
    });
    // Before the pipe hears of it and ends the answer.
    from.once("end", () => to.addTrailers(trailersFor(from, to.req)));
    from.pipe(to);
    flushHeadersSoon(from, to);
  });
}

/** Not at once: the first bytes of a body mostly come with the headers, and then both share a packet. */
function flushHeadersSoon(from: IncomingMessage, to: ClientAnswer): void {
  let isBodyUnderWay = false;
  from.once("data", () => (isBodyUnderWay = true));
  setImmediate(() => {
    if (!isBodyUnderWay && !to.writableEnded && !to.destroyed) to.flushHeaders();
  });
}

/** False when the upstream's headers may not be sent as they are; then nothing was written. */
function tryWriteHead(from: IncomingMessage, to: ClientAnswer): boolean {
  try {
    to.writeHead(from.statusCode ?? 502, from.statusMessage ?? "", endToEnd(from));
    return true;
  } catch {
    return false;
  }
}

/** Headers for the client as a raw list: order, case and repetitions are the upstream's. */
function endToEnd({ rawHeaders, headers }: IncomingMessage): string[] {
  const stays = hopByHop(headers.connection);
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""];
    if (!stays(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
