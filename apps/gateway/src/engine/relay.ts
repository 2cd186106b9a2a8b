import type { IncomingMessage } from "node:http";
import type { ClientAnswer } from "../exchange/client-answer.ts";
import { CutShort } from "../exchange/cut-short.ts";
import { endToEnd } from "../exchange/hop-by-hop.ts";
import { linger } from "../exchange/linger.ts";
import { trailersFor } from "../exchange/trailers.ts";
import { edited, type HeaderEdit } from "../headers/header-edit.ts";
import type { Attempt, AttemptOutcome } from "./proxy-engine.ts";

/**
 * Gives an upstream's answer to the client, bytes as they come and headers at once. Resolves when all of it was
 * handed over or one side is gone; then the other side is closed too.
 */
export function relay(
  from: IncomingMessage,
  to: ClientAnswer,
  { answerHeaders: edit, deadline }: Pick<Attempt, "answerHeaders" | "deadline"> = {},
): Promise<AttemptOutcome> {
  const status = from.statusCode ?? 502;
  from.on("error", () => {});
  to.on("error", () => {});
  if (!tryWriteHead(from, to, edit)) {
    from.destroy();
    return Promise.resolve({ kind: "failed", reason: "invalid", isSent: true });
  }
  return new Promise((resolve) => {
    from.once("close", () => {
      if (from.complete) return;
      resolve({ kind: "cut", status });
      to.destroy(deadline && CutShort.of(deadline));
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
function tryWriteHead(from: IncomingMessage, to: ClientAnswer, edit?: HeaderEdit): boolean {
  try {
    to.writeHead(from.statusCode ?? 502, from.statusMessage ?? "", edited(endToEnd(from), edit));
    return true;
  } catch {
    return false;
  }
}
