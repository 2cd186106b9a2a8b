import type { IncomingMessage } from "node:http";
import { Http2Request } from "../h2/http2-request.ts";
import { type Refusal, refusal } from "../refusals/refusal.ts";

const CODING: Refusal = refusal(
  "unsupported-encoding",
  "the only transfer coding taken is chunked",
);
const VERSION: Refusal = refusal("invalid-request", "the versions taken are HTTP/1.0, 1.1 and 2", {
  status: 505,
});
const OLD_CODING: Refusal = refusal(
  "invalid-request",
  "HTTP/1.0 has no transfer codings; send a Content-Length, or HTTP/1.1",
);
const VERSIONS: ReadonlySet<string> = new Set(["1.0", "1.1"]);

/** Why a request cannot be taken for what it says of its own form (RFC 9110 §15.6.6, RFC 9112 §6.1). */
export function protocolFault(request: IncomingMessage): Refusal | undefined {
  // Its frames say how it is made, and nothing in it can say otherwise.
  if (request instanceof Http2Request) return undefined;
  const { httpVersion, headers } = request;
  if (!VERSIONS.has(httpVersion)) return VERSION;
  const coding = headers["transfer-encoding"];
  if (coding === undefined) return undefined;
  if (httpVersion === "1.0") return OLD_CODING;
  return coding.toLowerCase() === "chunked" ? undefined : CODING;
}
