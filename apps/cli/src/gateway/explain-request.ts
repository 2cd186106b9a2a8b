import { GatewayExplanation, GatewayQuestion } from "@bastide/contracts";
import { checkToken, readToken } from "../api/read-token.ts";
import { readInput } from "../api/read-input.ts";
import { certificatesInFile } from "../certificates/certificates-in-file.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { columns } from "../output/columns.ts";
import { byNode, ofNode } from "./by-node.ts";
import { askGateways } from "./control-connection.ts";
import type { GatewayOptions } from "./locate-gateways.ts";

interface ExplainOptions extends GatewayOptions {
  readonly "token-file": string | undefined;
  readonly "token-stdin": boolean;
  readonly "client-ip": string | undefined;
  readonly header: readonly string[];
  readonly "client-cert": string | undefined;
}

/** `bastide gateway explain`. Exit code 0 when every gateway would forward the request, 1 when one would refuse it. */
export async function explain(
  asked: { readonly method: string; readonly url: string },
  options: ExplainOptions,
  context: Context,
): Promise<number> {
  const path = options["client-cert"];
  const request = questionOf(asked, options, {
    token: await tokenOf(options, context),
    clientCertificate: path === undefined ? undefined : certificatesInFile(path),
  });
  const answers = await askGateways({ command: "explain", request }, options, context);
  const all = answers.map(({ node, result }) => ofNode(node, GatewayExplanation.parse(result)));
  context.output.answer({ gateways: all }, () =>
    byNode(all.map((explanation) => ({ node: explanation.node, text: textOf(explanation) }))),
  );
  return all.every(({ outcome }) => outcome === "forwarded") ? 0 : 1;
}

function questionOf(
  { method, url }: { readonly method: string; readonly url: string },
  { header, "client-ip": clientIp }: ExplainOptions,
  { token, clientCertificate }: Presented,
): GatewayQuestion {
  const parsed = GatewayQuestion.safeParse({
    method: method.toUpperCase(),
    url,
    headers: Object.fromEntries(header.map(headerOf)),
    ...(clientIp !== undefined && { clientIp }),
    ...(token !== undefined && { token }),
    ...(clientCertificate !== undefined && { clientCertificate }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure("usage", `${issue?.path.join(".") ?? "the request"}: ${issue?.message ?? ""}`, {
    fix: "write it as: bastide gateway explain GET https://shop.example.org/admin",
  });
}

interface Presented {
  readonly token: string | undefined;
  readonly clientCertificate: string | undefined;
}

function headerOf(text: string): [string, string] {
  const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name.toLowerCase(), value];
  throw new Failure("usage", `"${text}" is no header; write it as "name: value"`);
}

async function tokenOf(options: ExplainOptions, { stdin }: Context): Promise<string | undefined> {
  if (options["token-file"] !== undefined) return readToken(options["token-file"]);
  return options["token-stdin"] ? checkToken(await readInput(stdin), "standard input") : undefined;
}

function verdictOf({ outcome, status, detail }: GatewayExplanation): string {
  if (outcome === "forwarded") return "forwarded to the app";
  if (status === undefined) return `refused: ${detail}`;
  return `${status < 400 ? "redirected" : "refused"} with ${status}: ${detail}`;
}

function textOf(explanation: GatewayExplanation): string {
  const { route, owner, backends, authorization, because, tls } = explanation;
  return [
    verdictOf(explanation),
    ...(because === undefined ? [] : [`because ${because}`]),
    ...(tls ? tlsLines(tls) : []),
    route === undefined ? "no route" : `route ${route.replace(/^route\//, "")} of ${owner}`,
    ...(authorization
      ? authorizationLines(authorization)
      : route === undefined
        ? []
        : ["open: it asks for no token"]),
    ...(backends.length === 0 ? [] : ["", columns(backendRows(backends))]),
  ].join("\n");
}

function tlsLines({
  certificate,
  notAfter,
  asksForCertificate,
  client,
}: NonNullable<GatewayExplanation["tls"]>): string[] {
  const until = notAfter === undefined ? "" : `, good until ${notAfter.slice(0, 16)}Z`;
  return [
    `certificate: ${certificate === undefined ? "none" : certificate + until}`,
    ...(asksForCertificate ? ["the client is asked for a certificate"] : []),
    ...(client ? [`client ${client.subject} (SHA-256 ${client.fingerprint})`] : []),
  ];
}

function authorizationLines({
  policy,
  subject,
  why,
  reads,
  silentSeconds,
}: NonNullable<GatewayExplanation["authorization"]>): string[] {
  const heard =
    silentSeconds === undefined
      ? "the control plane was never heard of"
      : `the control plane was heard of ${silentSeconds} s ago`;
  return [
    `policy: ${policy}`,
    heard,
    subject === undefined ? "no valid token" : `token of ${subject}`,
    ...(reads === undefined ? [] : [`depends on: ${reads.join(", ") || "nothing of the request"}`]),
    ...(why === undefined ? [] : ["", why]),
  ];
}

const backendRows = (backends: GatewayExplanation["backends"]): string[][] => [
  ["INSTANCE", "ADDRESS", "WEIGHT", "IN FLIGHT", ""],
  ...backends.map(({ instance, address, weight, inFlight, aside }) => [
    instance,
    address,
    String(weight),
    String(inFlight),
    aside ? "refused its last connections" : "",
  ]),
];
