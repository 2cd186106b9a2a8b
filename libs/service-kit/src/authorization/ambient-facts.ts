import { type AmbientFacts, carriersOf, Digest, type Endpoint, fillPath } from "@bastide/contracts";

/** What the authorizer needs of an HTTP request; `parameters` are decoded and validated. */
export interface RequestFacts {
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Without a port. */
  readonly host: string;
  readonly clientIp: string;
}

/** Which fact each path parameter states. A parameter that is not here (an id) is looked up below its app. */
const PARAMETER_FACTS = {
  organisation: "resource_org",
  project: "resource_project",
  app: "app",
  environment: "environment",
  node: "resource_node",
  gateway: "resource_gateway",
  digest: "digest",
} as const satisfies Record<string, keyof AmbientFacts>;

/** What the authorizer states of one request of an endpoint. Pure. */
export function ambientFactsOf(
  contract: Pick<Endpoint, "operation" | "method" | "path">,
  request: RequestFacts,
  now: Date,
): AmbientFacts {
  const digest = sourceDigestOf(request.body);
  const resource = Object.entries(PARAMETER_FACTS).flatMap(([parameter, fact]) => {
    const value = request.parameters[parameter];
    return value === undefined ? [] : [[fact, value]];
  });
  return {
    time: Math.floor(now.getTime() / 1000),
    operation: carriersOf(contract.operation),
    method: contract.method,
    host: request.host,
    // Made from the route that matched and not from the URL, which has many spellings of one path.
    path: fillPath(contract.path, request.parameters),
    client_ip: request.clientIp,
    ...(digest !== undefined && { digest }),
    ...Object.fromEntries(resource),
  };
}

/** A deployment names the source it deploys in its body: a token may be narrowed to that very source. */
function sourceDigestOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("source" in body)) return undefined;
  const { data } = Digest.safeParse(body.source);
  return data;
}
