import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { http2Answer } from "./http2-answer.ts";

const LOOPBACK = "127.0.0.1";

export interface SecureAnswer {
  readonly status: number;
  readonly body: string;
}

export interface SecureTarget {
  /** Where the gateway is; default: the loopback address. */
  readonly address?: string;
  readonly port: number;
  readonly host: string;
  readonly path?: string;
  /** PEM of the only authority that is trusted. */
  readonly ca: string;
}

/** One request over HTTPS and HTTP/1.1 to a host of a gateway; the certificate must be good for the host. */
export function fetchHttp1(target: SecureTarget): Promise<SecureAnswer> {
  const { address = LOOPBACK, port, host, path = "/", ca } = target;
  return new Promise((resolve, reject) => {
    const headers = { host: `${host}:${port}` };
    const options = { host: address, port, path, servername: host, headers, ca, agent: false };
    const outgoing = request(options, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

/** The same over HTTP/2. */
export async function fetchHttp2(target: SecureTarget): Promise<SecureAnswer> {
  const { address = LOOPBACK, port, host, path = "/", ca } = target;
  const socket = connect({ host: address, port, servername: host, ca, ALPNProtocols: ["h2"] });
  await once(socket, "secureConnect");
  const session = connectHttp2(`https://${host}:${port}`, { createConnection: () => socket });
  try {
    return await http2Answer(session.request({ ":path": path }));
  } finally {
    session.destroy();
  }
}
