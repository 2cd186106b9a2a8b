import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { TestAuthority } from "./certificates.ts";
import { type Answer, ask, type Ask, SECURE_NAME } from "./http-client.ts";
import { RawClient } from "./sockets.ts";

/** How clients of HTTP/1.1 reach an engine. */
export interface EngineFront {
  readonly name: string;
  server(): Server;
  ask(port: number, path?: string, options?: Ask): Promise<Answer>;
  /** Sends a large body and gives the answer's. */
  bytes(port: number, body: Buffer): Promise<Buffer>;
  raw(port: number, bytes?: string | Buffer): RawClient;
}

export const plainFront: EngineFront = {
  name: "HTTP/1.1",
  server: () => createServer(),
  ask,
  bytes: async (port, body) => (await ask(port, "/", { method: "PUT", body, headers: HOST })).bytes,
  raw: (port, bytes) => new RawClient(port, bytes),
};

const HOST = { host: "x" };

export async function secureFront(): Promise<EngineFront> {
  const authority = await TestAuthority.make("engine front");
  const { pem: ca } = authority;
  const { chain: cert, key } = await authority.pair(`CN=${SECURE_NAME}`, [SECURE_NAME]);
  const secure = (socket: Socket) =>
    connectSecure({ socket, ca, servername: SECURE_NAME, ALPNProtocols: ["http/1.1"] });
  return {
    name: "HTTP/1.1 over TLS",
    server: () => createSecureServer({ cert, key }),
    ask: (port, path, options) => ask(port, path, { ca, ...options }),
    bytes: async (port, body) =>
      (await ask(port, "/", { ca, method: "PUT", body, headers: HOST })).bytes,
    raw: (port, bytes) => new RawClient(port, bytes, secure),
  };
}
