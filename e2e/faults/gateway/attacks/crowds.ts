import { Agent, request } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { once } from "node:events";
import { http2Answer } from "../../../src/http2-answer.ts";
import type { Attack, Crowd, Target } from "./hostile.ts";

/** Clients that ask for nothing but what they may have: the next request as soon as the last one is answered. */
export const CROWDS: Readonly<Record<Crowd, Attack["run"]>> = {
  "HTTP/1.1": (target, signal) => {
    const agent = new Agent({ keepAlive: true });
    const asked = { host: "127.0.0.1", port: target.port, headers: { host: target.host }, agent };
    return again(signal, agent, () => answered(request({ ...asked, signal })));
  },
  // A handshake for each request, as a new visitor makes it.
  HTTPS: (target, signal) => {
    const agent = new SecureAgent({ keepAlive: false, maxCachedSessions: 0 });
    const asked = { host: "127.0.0.1", port: target.securePort, servername: target.host, agent };
    const headers = { host: target.host };
    const ask = () => secureRequest({ ...asked, headers, rejectUnauthorized: false, signal });
    return again(signal, agent, () => answered(ask()));
  },
  "HTTP/2": (target, signal) => {
    const session = sessionWith(target);
    return again(signal, session, async () => {
      await http2Answer(session.request({ ":path": "/" }, { signal }));
    });
  },
};

async function again(
  signal: AbortSignal,
  used: { destroy(): void },
  ask: () => Promise<void>,
): Promise<void> {
  try {
    while (!signal.aborted) await ask();
  } catch (cause) {
    // What was under way when it was enough is broken off.
    if (!signal.aborted) throw cause;
  } finally {
    used.destroy();
  }
}

async function answered(outgoing: ReturnType<typeof request>): Promise<void> {
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  incoming.resume();
  await once(incoming, "end");
}

function sessionWith({ securePort, host }: Target): ClientHttp2Session {
  const session = connectHttp2(`https://${host}:${securePort}`, {
    host: "127.0.0.1",
    servername: host,
    rejectUnauthorized: false,
  });
  return session.on("error", () => {});
}
