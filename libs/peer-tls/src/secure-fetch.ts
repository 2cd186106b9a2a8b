import { request } from "node:https";
import type { ConnectionOptions, PeerCertificate } from "node:tls";
import { CALL_PROTOCOL, hostOf, type Peer, peerOf } from "./names.ts";
import { nodeFetch, type NodeFetch } from "./node-fetch.ts";

export interface SecureFetchOptions {
  /** Whom a call is for: the answering program must prove to be it. */
  readonly peer: Peer;
  /** The only authority that is believed, in PEM; asked for each connection, since it may be renewed. */
  readonly authority: () => string;
  /** What we show; absent for a caller that has nothing but a token. */
  readonly own?: () => { readonly certificate: string; readonly key: string };
}

/** `fetch` to one of the platform's own programs, by its certificate and not by its address. */
export const secureFetch = ({ peer, authority, own }: SecureFetchOptions): NodeFetch =>
  nodeFetch((url, options, onResponse) => {
    const tls: ConnectionOptions = {
      ca: authority(),
      ...(own === undefined ? {} : { cert: own().certificate, key: own().key }),
      servername: hostOf(peer),
      ALPNProtocols: [CALL_PROTOCOL],
      minVersion: "TLSv1.3",
      checkServerIdentity: (_, certificate) => wrongPeer(peer, certificate),
    };
    return request(url, { ...tls, ...options }, onResponse);
  });

/** Whether a certificate, already verified, is that peer's. Undefined when it is. */
export function wrongPeer(
  wanted: Peer,
  certificate: Pick<PeerCertificate, "subjectaltname">,
): Error | undefined {
  const found = peerOf(certificate);
  if (found && hostOf(found) === hostOf(wanted)) return undefined;
  const names = certificate.subjectaltname ?? "no name";
  return new Error(`the certificate is for ${names}, and not for ${hostOf(wanted)}`);
}
