import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";

export interface HttpsAnswer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

/** A client of HTTPS that trusts one authority. */
export class HttpsClient {
  readonly #port: number;
  readonly #ca: string;

  constructor(port: number | undefined, ca: string) {
    this.#port = port ?? 0;
    this.#ca = ca;
  }

  /** One request over HTTP/1.1. The host is asked for at the handshake too, unless `servername` says another. */
  fetch(
    host: string,
    options: { path?: string; method?: string } & ConnectionOptions = {},
  ): Promise<HttpsAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...this.#options(host),
          headers: { host: `${host}:${this.#port}` },
          agent: false,
          // Which certificate is shown for which name is what `handshake` tests.
          checkServerIdentity: () => undefined,
          ...options,
        },
        (incoming) => {
          const { statusCode: status = 0, headers } = incoming;
          text(incoming).then(
            (body) => resolve({ status, body, location: headers.location }),
            reject,
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end();
    });
  }

  /** A finished handshake; rejects with what it failed by. */
  async handshake(
    servername: string | undefined,
    options: ConnectionOptions = {},
  ): Promise<TLSSocket> {
    const socket = connect({ ...this.#options(servername), ...options });
    await once(socket, "secureConnect");
    return socket;
  }

  /** The subject of the certificate that is shown for a name, or the error's code. */
  async shown(servername: string | undefined, options: ConnectionOptions = {}): Promise<string> {
    try {
      const socket = await this.handshake(servername, options);
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  }

  #options(servername: string | undefined): ConnectionOptions & { host: string; port: number } {
    return {
      host: "127.0.0.1",
      port: this.#port,
      ca: this.#ca,
      servername: servername ?? "",
    };
  }
}
