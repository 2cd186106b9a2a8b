import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface HttpCheck {
  readonly host: string;
  readonly port: number;
  /** The Host header: names below `.localhost` need no resolver this way. */
  readonly hostHeader: string;
  readonly path: string;
  readonly token?: string;
}

/** Status and the beginning of the body; undefined when nothing answers. Plain node:http, to keep the supervisor small. */
export function ask(
  check: HttpCheck,
  timeoutMs: number,
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: check.host,
        port: check.port,
        path: check.path,
        headers: {
          host: check.hostHeader,
          ...(check.token === undefined ? {} : { authorization: `Bearer ${check.token}` }),
        },
        agent: false,
        timeout: timeoutMs,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => void (body = (body + chunk).slice(0, 10_000)));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        response.on("error", () => resolve(undefined));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(undefined));
    outgoing.end();
  });
}

/** Asks until the answer is a success; false when the time is over or `goOn` says that it is of no use. */
export async function waitForAnswer(
  check: HttpCheck,
  options: { timeoutMs: number; signal: AbortSignal; goOn: () => boolean | Promise<boolean> },
): Promise<boolean> {
  const deadline = Date.now() + options.timeoutMs;
  while (Date.now() < deadline && (await options.goOn())) {
    const answer = await ask(check, 2_000);
    if (answer !== undefined && answer.status < 400) return true;
    await delay(25, undefined, { signal: options.signal });
  }
  return false;
}
