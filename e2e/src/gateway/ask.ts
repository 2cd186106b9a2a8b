import { type Agent, request } from "node:http";

export interface Ask {
  readonly port: number;
  readonly path?: string;
  readonly host?: string;
  /** Absent: a connection of its own. */
  readonly agent?: Agent;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function ask({ port, path = "/", host, agent, timeoutMs = 20_000 }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        agent: agent ?? false,
        signal: AbortSignal.timeout(timeoutMs),
        ...(host === undefined ? {} : { headers: { host } }),
      },
      (incoming) => {
        let body = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => (body += chunk));
        incoming.once("error", reject);
        incoming.once("end", () => resolve({ status: incoming.statusCode ?? 0, body }));
      },
    );
    outgoing.once("error", reject);
    outgoing.end();
  });
}
