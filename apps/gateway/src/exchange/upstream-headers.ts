import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { TLSSocket } from "node:tls";
import type { ClientIdentity } from "../tls/client-identity.ts";
import { hopByHop } from "./hop-by-hop.ts";

/** What only a proxy may say about a request; a client that says it is making it up. */
const CLAIMS = /^(?:x-forwarded-.*|forwarded|x-real-ip|x-bastide-.*)$/;

/** How a body is framed: no other spelling of it may reach an upstream. */
const FRAMING = /^(?:transfer-encoding|content-length|host)$/;

/** `name`: in lower case. */
function isClaim(name: string): boolean {
  const plain = name.replaceAll("_", "-");
  return CLAIMS.test(plain) || (plain !== name && FRAMING.test(plain));
}

/**
 * A request's headers as its upstream gets them: the host kept, what belongs to the client's connection left out, and
 * the client's address, scheme, port and certificate stated by us alone. Names that differ only by "_" for "-" are the same to many
 * frameworks, so they are judged as if they had "-".
 */
export function upstreamHeaders(
  request: IncomingMessage,
  client?: ClientIdentity,
): OutgoingHttpHeaders {
  const stays = hopByHop(request.headers.connection);
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers))
    if (!stays(name) && name !== "expect" && !isClaim(name.toLowerCase())) headers[name] = value;
  headers["host"] = request.headers.host;
  return { ...headers, ...framing(request), ...forwarded(request), ...identity(client) };
}

/** Whether bytes of a body follow, or may follow. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] !== undefined && Number(headers["content-length"]) > 0)
  );
}

/** How long the body is, said again in full: a client must not be able to have it left out by naming it in Connection. */
function framing({ headers }: IncomingMessage): OutgoingHttpHeaders {
  if (headers["transfer-encoding"] !== undefined) return { "transfer-encoding": "chunked" };
  const length = headers["content-length"];
  return length === undefined ? {} : { "content-length": length };
}

function forwarded({ socket, headers }: IncomingMessage): OutgoingHttpHeaders {
  return {
    "x-forwarded-for": clientAddress(socket.remoteAddress),
    "x-forwarded-proto": socket instanceof TLSSocket ? "https" : "http",
    "x-forwarded-host": headers.host ?? "",
    "x-forwarded-port": String(socket.localPort ?? ""),
  };
}

function identity(client: ClientIdentity | undefined): OutgoingHttpHeaders {
  if (!client) return {};
  return {
    "x-bastide-client-subject": client.subject,
    "x-bastide-client-fingerprint": client.fingerprint,
  };
}

/** An IPv4 address is written as one, also where it came in over an IPv6 socket (RFC 4291 §2.5.5.2). */
export function clientAddress(address: string | undefined): string {
  return address === undefined ? "unknown" : address.replace(/^::ffff:(?=\d+\.)/i, "");
}
