import { GatewayExplanation, GatewayQuestion } from "@bastide/contracts";
import { checkToken, readToken } from "../api/connection.ts";
import { readInput } from "../api/read-input.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { columns } from "../output/columns.ts";
import { askGateway } from "./control-connection.ts";
import type { SocketOptions } from "./locate-socket.ts";

interface ExplainOptions extends SocketOptions {
  readonly "token-file": string | undefined;
  readonly "token-stdin": boolean;
  readonly "client-ip": string | undefined;
  readonly header: readonly string[];
}

/** `bastide gateway explain`. Exit code 0 when the request would be forwarded, 1 when it would be refused. */
export async function explain(
  asked: { readonly method: string; readonly url: string },
  options: ExplainOptions,
  context: Context,
): Promise<number> {
  const request = questionOf(asked, options, await tokenOf(options, context));
  const answer = await askGateway({ command: "explain", request }, options, context);
  const explanation = GatewayExplanation.parse(answer);
  context.output.answer(explanation, () => textOf(explanation));
  return explanation.outcome === "forwarded" ? 0 : 1;
}

function questionOf(
  { method, url }: { readonly method: string; readonly url: string },
  { header, "client-ip": clientIp }: ExplainOptions,
  token: string | undefined,
): GatewayQuestion {
  const parsed = GatewayQuestion.safeParse({
    method: method.toUpperCase(),
    url,
    headers: Object.fromEntries(header.map(headerOf)),
    ...(clientIp !== undefined && { clientIp }),
    ...(token !== undefined && { token }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure("usage", `${issue?.path.join(".") ?? "the request"}: ${issue?.message ?? ""}`, {
    fix: "write it as: bastide gateway explain GET https://shop.example.org/admin",
  });
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

function textOf(explanation: GatewayExplanation): string {
  const { outcome, status, detail, route, owner, backends, authorization } = explanation;
  const verdict =
    outcome === "forwarded" ? "forwarded to the app" : `refused with ${status}: ${detail}`;
  return [
    verdict,
    route === undefined ? "no route" : `route ${route.replace(/^route\//, "")} of ${owner}`,
    ...(authorization
      ? authorizationLines(authorization)
      : route === undefined
        ? []
        : ["open: it asks for no token"]),
    ...(backends.length === 0 ? [] : ["", columns(backendRows(backends))]),
  ].join("\n");
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
