import type { GatewayExplanation, GatewayQuestion } from "@bastide/contracts";
import type { AskedExchange } from "../exchange/exchange.ts";
import { isRefusal, kindOf, type Refusal } from "../refusals/refusal.ts";
import type { Routing } from "../routing.ts";
import type { CompiledRoute } from "../table/compiled-route.ts";
import { type HttpsFacts, overConnection, whyPlain } from "../tls/admission.ts";
import { readAuthorities } from "../tls/client-authorities.ts";
import { type ClientProof, isIssuedBy } from "../tls/client-identity.ts";
import type { TlsState } from "../tls/tls-state.ts";
import { proofIn } from "./presented-certificate.ts";

export interface ConnectionParts {
  readonly routing: Routing;
  readonly tls: TlsState;
  /** Where this gateway speaks HTTPS; undefined when it does not. */
  readonly httpsPort: () => number | undefined;
}

/** Without a status there is no answer at all. */
type Barred = Pick<GatewayExplanation, "status" | "detail">;

export interface ExplainedConnection {
  readonly tls?: GatewayExplanation["tls"];
  /** What the request ends in before anything else is looked at. */
  readonly barred?: Barred;
  readonly because?: string;
}

/** What would come of the connection that a request needs: a redirect to HTTPS, a handshake, a client's certificate. */
export function explainConnection(
  parts: ConnectionParts,
  { settings }: Pick<CompiledRoute, "settings">,
  asked: AskedExchange,
  question: GatewayQuestion,
): ExplainedConnection {
  const { host, target } = asked;
  const { tls, httpsPort } = parts;
  const facts = { hasPublic: (name: string) => tls.hasPublic(name), port: httpsPort };
  if (!question.url.toLowerCase().startsWith("https:"))
    return plain({ host, target, connection: undefined }, settings, facts);
  // What terminates TLS before this gateway is not its own to explain.
  if (httpsPort() === undefined) return {};
  const shown = tls.find(host);
  const asksForCertificate = parts.routing.clientAuthoritiesFor(host).length > 0;
  if (!shown) return { tls: { asksForCertificate }, barred: noCertificate(host) };
  const proof: ClientProof = asksForCertificate
    ? proofIn(question.clientCertificate, parts.routing.clientAuthoritiesFor(host))
    : { kind: "none" };
  const explained = {
    certificate: shown.name,
    notAfter: new Date(shown.notAfterMs).toISOString(),
    asksForCertificate,
    ...(proof.kind === "verified" && { client: proof.identity }),
  };
  const verdict = overConnection(
    { host, target, connection: connectionOf(host, proof) },
    settings,
    facts,
  );
  if (!verdict || !isRefusal(verdict)) return { tls: explained };
  return {
    tls: explained,
    barred: barredBy(verdict),
    because: "the route's setting clientAuthorities names who issues its clients' certificates",
  };
}

function plain(
  asked: Parameters<typeof overConnection>[0],
  settings: CompiledRoute["settings"],
  facts: HttpsFacts,
): ExplainedConnection {
  const verdict = overConnection(asked, settings, facts);
  if (!verdict || !isRefusal(verdict)) return {};
  return { barred: barredBy(verdict), because: whyPlain(asked.host, settings, facts) };
}

const barredBy = (refused: Refusal): Barred => ({
  status: kindOf(refused).status,
  detail: refused.detail,
});

const noCertificate = (host: string): Barred => ({
  detail: `there is no certificate for ${host}, so the handshake fails (unrecognized_name)`,
});

/** A connection that names the host itself. */
const connectionOf = (host: string, proof: ClientProof) => ({
  serverName: host,
  covers: () => true,
  proof,
  isIssuedBy: (authorities: string) =>
    proof.kind === "verified" && isIssuedBy(proof.chain, readAuthorities("the route", authorities)),
});
