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
  /** PEM: what the client shows where it is asked for a certificate. */
  readonly client?: { readonly chain: string; readonly key: string };
}

/** One request over HTTPS and HTTP/1.1 to a host of a gateway; the certificate must be good for the host. */
export function fetchHttp1(target: SecureTarget): Promise<SecureAnswer> {
  const { address = LOOPBACK, port, host, path = "/" } = target;
  return new Promise((resolve, reject) => {
    const headers = { host: `${host}:${port}` };
    const options = {
      host: address,
      port,
      path,
      headers,
      agent: false,
      ...credentialsOf(target),
    };
    const outgoing = request(options, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

/** The same over HTTP/2. */
export async function fetchHttp2(target: SecureTarget): Promise<SecureAnswer> {
  const { address = LOOPBACK, port, host, path = "/" } = target;
  const socket = connect({
    host: address,
    port,
    ALPNProtocols: ["h2"],
    ...credentialsOf(target),
  });
  await once(socket, "secureConnect");
  const session = connectHttp2(`https://${host}:${port}`, { createConnection: () => socket });
  try {
    return await http2Answer(session.request({ ":path": path }));
  } finally {
    session.destroy();
  }
}

const credentialsOf = ({ host, ca, client }: SecureTarget) => ({
  servername: host,
  ca,
  ...(client && { cert: client.chain, key: client.key }),
});
