/**
 * The words that tokens and policies may use. No predicate is in both sets: a policy that wants the caller's
 * organisation to own the resource must join the two (`role($org, "admin"), resource_org($org)`).
 */
export const SUBJECT_FACTS = {
  user: ["user"],
  member: ["organisation"],
  role: ["organisation", "role"],
  right: ["organisation", "project", "operation"],
  platform_role: ["role"],
  join: ["id"],
  node: ["node"],
  gateway: ["gateway"],
} as const;

/** What the authorizer states of one request; nothing of it is ever read from a token. */
export interface AmbientFacts {
  /** Seconds since the Unix epoch. */
  readonly time: number;
  /** The operation asked and every one that carries it. */
  readonly operation: readonly string[];
  readonly resource_org?: string;
  readonly resource_project?: string;
  readonly resource_node?: string;
  readonly resource_gateway?: string;
  readonly app?: string;
  readonly environment?: string;
  readonly digest?: string;
  readonly client_ip?: string;
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
}

/**
 * What a placement policy may ask of a node; the caller and the request are not there. Its own set: none of these words is
 * in a token or stated of a request. `operator_law` has a value for every law with a long arm that binds the operator.
 */
export const PLACEMENT_FACTS = {
  region: ["region"],
  country: ["country"],
  operator: ["operator"],
  operator_law: ["law"],
  memory_encryption: ["kind"],
  certification: ["name"],
  kernel: ["release"],
  arch: ["architecture"],
  driver: ["driver"],
  isolation: ["mechanism"],
  label: ["name", "value"],
} as const;

export const AMBIENT_FACTS = [
  "time",
  "operation",
  "resource_org",
  "resource_project",
  "resource_node",
  "resource_gateway",
  "app",
  "environment",
  "digest",
  "client_ip",
  "method",
  "host",
  "path",
] as const satisfies readonly (keyof AmbientFacts)[];
