import type { PeerCertificate } from "node:tls";

/**
 * The names that certificates of the platform's node authority are for. `.internal` belongs to nobody (reserved by ICANN
 * for private use), so none of them is ever a host of the Internet or of a tenant.
 */
export const AUTHORITY_DOMAIN = "bastide.internal";

/** The control plane, whichever machine it is on. */
export const CONTROL_HOST: string = `control.${AUTHORITY_DOMAIN}`;

/** One of the platform's own programs, as its certificate names it. */
export type Peer =
  | { readonly kind: "control" }
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "gateway"; readonly name: string };

const HOST = /^([a-z0-9-]{1,63})\.(node|gateway)\.bastide\.internal$/;

/** The host in a peer's certificate. */
export function hostOf(peer: Peer): string {
  return peer.kind === "control" ? CONTROL_HOST : `${peer.name}.${peer.kind}.${AUTHORITY_DOMAIN}`;
}

/** Whom a certificate that the node authority issued is for; undefined for one without exactly one name of ours. */
export function peerOf({
  subjectaltname,
}: Pick<PeerCertificate, "subjectaltname">): Peer | undefined {
  const host = /^DNS:([^,\s]+)$/.exec(subjectaltname ?? "")?.[1];
  if (host === CONTROL_HOST) return { kind: "control" };
  const [, name, kind] = HOST.exec(host ?? "") ?? [];
  if (name === undefined) return undefined;
  return kind === "gateway" ? { kind, name } : { kind: "node", name };
}

const INSTANCE = /^([\w-]{1,63})\.instance\.bastide\.internal$/;

/** The server name (RFC 6066 §3) by which a connection asks a node's agent for one of its instances. */
export const instanceServerName = (instance: string): string =>
  `${instance}.instance.${AUTHORITY_DOMAIN}`;

export const instanceOf = (serverName: string): string | undefined =>
  INSTANCE.exec(serverName)?.[1];

/** The protocol (ALPN, RFC 7301) of a connection that leads to an instance: its bytes, and nothing of ours around. */
export const TUNNEL_PROTOCOL = "bastide-tunnel/1";
/** That of what guards of nodes say to each other. */
export const GUARD_PROTOCOL = "bastide-guard/1";

/** That of calls. */
export const CALL_PROTOCOL = "http/1.1";
