import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { normaliseHost } from "../table/host.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Asked, SecureConnection } from "./admission.ts";
import { isIssuedBy, proofOf } from "./client-identity.ts";
import { readAuthorities } from "./client-authorities.ts";

const known = new WeakMap<TLSSocket, SecureConnection>();

/** The TLS connection behind a request's socket; undefined for plain HTTP. Made once for each connection. */
export function secureConnectionOf(socket: Socket): SecureConnection | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const held = known.get(socket);
  if (held) return held;
  const made = connectionOf(socket);
  known.set(socket, made);
  return made;
}

/** A request as the rules of its connection see it. */
export const askedOver = ({
  host,
  target,
  request,
}: Pick<Exchange, "host" | "target" | "request">): Asked => ({
  host,
  target,
  connection: secureConnectionOf(request.socket),
});

function connectionOf(socket: TLSSocket): SecureConnection {
  const proof = proofOf(socket);
  const shown = socket.getX509Certificate();
  return {
    serverName: serverNameOf(socket),
    covers: remembering(
      (host) => shown?.checkHost(host, { subject: "never", partialWildcards: false }) !== undefined,
    ),
    proof,
    isIssuedBy: remembering(
      (text) =>
        proof.kind === "verified" && isIssuedBy(proof.chain, readAuthorities("the route", text)),
    ),
  };
}

const serverNameOf = ({ servername }: TLSSocket): string | undefined =>
  typeof servername === "string" && servername !== "" ? normaliseHost(servername) : undefined;

/** A connection asks few different things and often; what it has been answered last is enough. */
function remembering(answer: (text: string) => boolean): (text: string) => boolean {
  let last: { readonly text: string; readonly is: boolean } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, is: answer(text) };
    return last.is;
  };
}
