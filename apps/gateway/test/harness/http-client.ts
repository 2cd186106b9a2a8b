import {
  Agent,
  type IncomingHttpHeaders,
  request as requestPlain,
  type RequestOptions,
} from "node:http";
import { request as requestSecure } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly bytes: Buffer;
}

export interface Ask extends RequestOptions {
  readonly body?: string | Buffer;
  /** Asks over TLS, and trusts this authority (PEM) only; the name asked for is the Host header's. */
  readonly ca?: string;
}

/** The name that clients ask for in a handshake when they do not say another. */
export const SECURE_NAME = "secure.test";

/** One request by Node's own client, on a connection of its own unless it brings an agent. */
export function ask(port: number, path = "/", { body, ca, ...options }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = ca === undefined ? requestPlain : requestSecure;
    const secure = ca === undefined ? {} : { ca, servername: SECURE_NAME };
    const outgoing = request(
      { host: "127.0.0.1", port, path, agent: false, ...secure, ...options },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            rawHeaders: incoming.rawHeaders,
            body: bytes.toString(),
            bytes,
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export const keepAliveAgent = (maxSockets = 8): Agent => new Agent({ keepAlive: true, maxSockets });
