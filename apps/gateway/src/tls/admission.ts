import type { RouteSettings } from "@bastide/contracts";
import { type Refusal, refusal } from "../refusals/refusal.ts";
import type { ClientIdentity, ClientProof } from "./client-identity.ts";

/** The TLS connection that a request came on. */
export interface SecureConnection {
  /** What the client named at the handshake. */
  readonly serverName: string | undefined;
  /** Whether the certificate that it was shown is good for a host. */
  covers(host: string): boolean;
  readonly proof: ClientProof;
  /** Whether one of these authorities (PEM) issued the client's certificate. */
  isIssuedBy(authorities: string): boolean;
}

export interface Asked {
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** Undefined for plain HTTP. */
  readonly connection: SecureConnection | undefined;
}

/** What of HTTPS decides whether plain HTTP goes on beside it. */
export interface HttpsFacts {
  /** Whether a host has a certificate that any client trusts. */
  hasPublic(host: string): boolean;
  /** Where HTTPS is; undefined when this gateway does not speak it. */
  port(): number | undefined;
}

/** Who the client proved to be, where that is asked for. */
export interface ProvenClient {
  readonly client: ClientIdentity;
}

/**
 * A connection is for the host that it named, and for others only as far as its certificate is good for them (RFC 9110
 * §7.4, RFC 9113 §9.1.1): anything else would let one host's certificate, or one host's client, speak for another's.
 */
export function misdirected({ host, connection }: Asked): Refusal | undefined {
  if (!connection || connection.serverName === host || connection.covers(host)) return undefined;
  return refusal(
    "misdirected",
    `this connection's certificate is not good for ${host}; connect to ${host} itself`,
  );
}

/** Whether a request may use a route over the connection that it came on. */
export function overConnection(
  asked: Asked,
  settings: RouteSettings,
  https: HttpsFacts,
): ProvenClient | Refusal | undefined {
  if (!asked.connection) return refusePlain(asked, settings, https);
  if (settings.clientAuthorities === undefined) return undefined;
  return admitClient(asked.host, asked.connection, settings.clientAuthorities);
}

function refusePlain(
  { host, target }: Asked,
  settings: RouteSettings,
  https: HttpsFacts,
): Refusal | undefined {
  const needsClient = settings.clientAuthorities !== undefined;
  const rule = plainRule(host, settings, https);
  if (rule === "allow" && !needsClient) return undefined;
  const port = https.port();
  if (rule !== "redirect" || port === undefined)
    return refusal("https-only", `${host} is answered over HTTPS only; use https://${host}`);
  const location = `${httpsOrigin(host, port)}${target}`;
  return refusal("redirect", `go to ${location}`, { headers: { location } });
}

/** What happens to plain HTTP, by the route's own word or by what follows from the rest. */
function plainRule(
  host: string,
  { https: said, clientAuthorities }: RouteSettings,
  https: HttpsFacts,
): NonNullable<RouteSettings["https"]> {
  if (said !== undefined) return said;
  return clientAuthorities !== undefined || https.hasPublic(host) ? "redirect" : "allow";
}

/** Why plain HTTP is treated as it is, for whoever asks. */
export function whyPlain(host: string, settings: RouteSettings, https: HttpsFacts): string {
  if (settings.clientAuthorities !== undefined)
    return "the route asks for client certificates, which only HTTPS has";
  if (settings.https !== undefined) return `the route's setting https says ${settings.https}`;
  return https.hasPublic(host)
    ? `${host} has a certificate that any client trusts, and the route's setting https says nothing else`
    : `${host} has no certificate that any client trusts, so plain HTTP goes on`;
}

const httpsOrigin = (host: string, port: number): string =>
  `https://${host}${port === 443 ? "" : `:${port}`}`;

function admitClient(
  host: string,
  connection: SecureConnection,
  authorities: string,
): ProvenClient | Refusal {
  const { serverName, proof } = connection;
  if (proof.kind === "verified" && connection.isIssuedBy(authorities))
    return { client: proof.identity };
  // A connection made for another host was never asked for a certificate of this one.
  if (serverName !== host)
    return refusal(
      "misdirected",
      `${host} asks for a client certificate when a connection is made; connect to ${host} itself`,
    );
  return refusal("client-certificate", whyNot(host, proof));
}

function whyNot(host: string, proof: ClientProof): string {
  const wanted = `${host} asks for a client certificate of an authority that it trusts`;
  if (proof.kind === "none") return `${wanted}; none was presented`;
  if (proof.kind === "unverified")
    return `${wanted}; the one presented was not accepted (${proof.reason})`;
  return `${wanted} for this path; the one presented is of another authority`;
}
