/** Idle connections are cut by proxies and forgotten by firewalls; a comment now and then keeps them. */
const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events (WHATWG HTML §9.2), one per item, each item as JSON; a comment first, so that the client gets its
 * headers at once, and one whenever nothing was sent for `heartbeatMs`. Pulled: a slow client slows the source down.
 * Ends with the source or with `signal`, and ends the source.
 */
export async function* eventStream(
  items: AsyncIterable<unknown>,
  signal: AbortSignal,
  heartbeatMs: number = HEARTBEAT_MS,
): AsyncGenerator<string> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    yield ":\n\n";
    while (!signal.aborted) {
      const result = await orIdle(next, signal, heartbeatMs);
      if (result === "ended") return;
      if (result === "idle") yield ":\n\n";
      else {
        if (result.done === true) return;
        yield `data: ${JSON.stringify(result.value)}\n\n`;
        next = iterator.next();
      }
    }
  } finally {
    // Not awaited: a source that waits for something would hold the connection's end up.
    iterator.return?.().catch(() => undefined);
    next.catch(() => undefined);
  }
}

async function orIdle(
  next: Promise<IteratorResult<unknown>>,
  signal: AbortSignal,
  heartbeatMs: number,
): Promise<IteratorResult<unknown> | "idle" | "ended"> {
  const { promise, resolve } = Promise.withResolvers<"idle" | "ended">();
  const timer = setTimeout(() => resolve("idle"), heartbeatMs);
  const end = () => resolve("ended");
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([next, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
