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

export interface AdmissionContext {
  readonly settings: RouteSettings | undefined;
  /** Whether any client trusts the host's certificate. */
  readonly hasPublicCertificate: boolean;
  /** Where HTTPS is; undefined when this gateway does not speak it. */
  readonly httpsPort: number | undefined;
}

export type Admission =
  | { readonly kind: "admitted"; readonly client?: ClientIdentity }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const ADMITTED: Admission = { kind: "admitted" };

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
export function admit(asked: Asked, context: AdmissionContext): Admission {
  const { settings } = context;
  if (!asked.connection) return admitPlain(asked, context);
  if (settings?.clientAuthorities === undefined) return ADMITTED;
  return admitClient(asked.host, asked.connection, settings.clientAuthorities);
}

function admitPlain({ host, target }: Asked, context: AdmissionContext): Admission {
  const { settings, httpsPort } = context;
  const needsClient = settings?.clientAuthorities !== undefined;
  const rule = settings?.https ?? httpsByDefault(context, needsClient);
  if (rule === "redirect" && httpsPort !== undefined)
    return { kind: "redirect", location: `${httpsOrigin(host, httpsPort)}${target}` };
  if (rule === "allow" && !needsClient) return ADMITTED;
  return {
    kind: "refused",
    refusal: refusal("https-only", `${host} is answered over HTTPS only; use https://${host}`),
  };
}

const httpsByDefault = (
  { hasPublicCertificate }: AdmissionContext,
  needsClient: boolean,
): "redirect" | "allow" => (hasPublicCertificate || needsClient ? "redirect" : "allow");

const httpsOrigin = (host: string, port: number): string =>
  `https://${host}${port === 443 ? "" : `:${port}`}`;

function admitClient(host: string, connection: SecureConnection, authorities: string): Admission {
  const { serverName, proof } = connection;
  if (proof.kind === "verified" && connection.isIssuedBy(authorities))
    return { kind: "admitted", client: proof.identity };
  // A connection made for another host was never asked for a certificate of this one.
  if (serverName !== host)
    return {
      kind: "refused",
      refusal: refusal(
        "misdirected",
        `${host} asks for a client certificate when a connection is made; connect to ${host} itself`,
      ),
    };
  return { kind: "refused", refusal: refusal("client-certificate", whyNot(host, proof)) };
}

function whyNot(host: string, proof: ClientProof): string {
  const wanted = `${host} asks for a client certificate of an authority that it trusts`;
  if (proof.kind === "none") return `${wanted}; none was presented`;
  if (proof.kind === "unverified")
    return `${wanted}; the one presented was not accepted (${proof.reason})`;
  return `${wanted} for this path; the one presented is of another authority`;
}
