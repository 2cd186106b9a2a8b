import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { StringDecoder } from "node:string_decoder";
import { AttemptFailed } from "./attempt-failed.ts";
import type { EtcdSettings } from "./etcd-options.ts";

export interface Post {
  readonly endpoint: URL;
  /** Such as `/v3/kv/txn`. */
  readonly path: string;
  readonly body: string;
  readonly token: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

const FIX_REACH =
  "see that etcd runs there and that firewalls, host names and certificates are right";

/** HTTP to etcd's members: one request and its answer, bounded in size, on connections that are kept. */
export class Gateway {
  readonly #maxBytes: number;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent;

  constructor({ tls, maxAnswerBytes }: EtcdSettings) {
    this.#maxBytes = maxAnswerBytes;
    this.#https = new HttpsAgent({ keepAlive: true, ...tls });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  /** The whole answer. Throws AttemptFailed; `signal` is the deadline. */
  async post(post: Post, signal: AbortSignal): Promise<Reply> {
    const sent = { isSent: false };
    try {
      const answer = await this.#send(post, sent, signal);
      let text = "";
      for await (const piece of this.#text(answer)) text += piece;
      return { status: answer.statusCode ?? 0, text };
    } catch (error) {
      throw attemptFailed(error, sent.isSent, signal);
    }
  }

  /** The lines of an answer that does not end by itself. Throws AttemptFailed. */
  async *lines(post: Post, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const sent = { isSent: false };
    try {
      const answer = await this.#send(post, sent, signal);
      let rest = "";
      for await (const piece of this.#pieces(answer)) {
        const lines = (rest + piece).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > this.#maxBytes) throw this.#tooLong();
        yield* lines;
      }
    } catch (error) {
      throw attemptFailed(error, sent.isSent, signal);
    }
  }

  #send(
    { endpoint, path, body, token }: Post,
    sent: { isSent: boolean },
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const isTls = endpoint.protocol === "https:";
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...(token === undefined ? {} : { authorization: token }),
    };
    const options = { method: "POST", headers, signal };
    const request = isTls
      ? httpsRequest(new URL(path, endpoint), { ...options, agent: this.#https })
      : httpRequest(new URL(path, endpoint), { ...options, agent: this.#http });
    request.once("socket", (socket) => {
      sent.isSent = !socket.connecting;
      if (socket.connecting)
        socket.once(isTls ? "secureConnect" : "connect", () => (sent.isSent = true));
    });
    request.once("response", resolve);
    // Stays on: an answer that is given up half-way reports itself here too.
    request.on("error", reject);
    request.end(body);
    return promise;
  }

  async *#pieces(answer: IncomingMessage): AsyncGenerator<string, void, undefined> {
    const decoder = new StringDecoder("utf8");
    for await (const chunk of answer) yield decoder.write(chunk);
    yield decoder.end();
  }

  async *#text(answer: IncomingMessage): AsyncGenerator<string, void, undefined> {
    let length = 0;
    for await (const piece of this.#pieces(answer)) {
      length += piece.length;
      if (length > this.#maxBytes) throw this.#tooLong();
      yield piece;
    }
  }

  #tooLong(): AttemptFailed {
    return new AttemptFailed(`its answer is longer than ${this.#maxBytes} bytes`, {
      fix: "check that this is the client URL of an etcd",
      isPerhapsDone: true,
    });
  }
}

function attemptFailed(error: unknown, isPerhapsDone: boolean, signal: AbortSignal): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  const text = error instanceof Error ? error.message || error.name : String(error);
  const fact = signal.aborted ? "it did not answer in time" : `it did not answer: ${text}`;
  return new AttemptFailed(fact, { fix: FIX_REACH, isPerhapsDone, cause: error });
}
