import { type ClientHttp2Stream, constants } from "node:http2";

export interface Http2Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * The whole answer on one stream, from the moment the stream is there; `heard` gets its status as soon as it has begun.
 * Rejects when there is none, or it breaks off. By events: of an answer that comes whole in one read the stream is
 * closed before anybody reads it, and Node's iterators take such a one for one that broke off.
 */
export function http2Answer(
  stream: ClientHttp2Stream,
  heard: (status: number) => void = () => {},
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let body = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => (body += chunk));
    stream.once("response", (headers) => {
      status = headers[":status"] ?? 0;
      heard(status);
    });
    stream.once("error", reject);
    stream.once("close", () => {
      // A session that ends takes its streams with it without an error, and a reset in its middle is none either.
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR)
        reject(new Error(`reset with ${stream.rstCode}`));
      else if (status === 0) reject(new Error("closed without an answer"));
      else resolve({ status, body });
    });
  });
}
