/**
 * The lattice of operations: each one with those it carries.
 * A token narrowed to `deploy` may upload, read the status and read the logs, but not configure.
 * The authorizer states `operation(x)` for the operation asked and for each one that carries it.
 */
export const OPERATIONS = {
  /** Everything in an organisation, its projects and its members included. */
  administer: ["develop", "organise", "destroy"],
  /** What a developer does to an app. */
  develop: ["deploy", "rollback", "scale", "configure", "view"],
  /** One deployment from upload to logs. */
  deploy: ["upload", "status", "logs"],
  rollback: ["status", "logs"],
  scale: ["status"],
  configure: ["status"],
  view: ["status", "logs"],
  /** Create and change projects and environments. */
  organise: ["status"],
  destroy: ["status"],
  upload: [],
  status: [],
  logs: [],
  /** Operate the platform itself: organisations and nodes. */
  operate: [],
  /** Take tokens back, anybody's. */
  revoke: [],
  /** Become a node, once, by a token that an operator made for it. */
  "join-node": [],
  /** What an agent does for its own node. */
  "serve-node": [],
  /** What a gateway does for its own table. */
  "serve-gateway": [],
} as const satisfies Record<string, readonly string[]>;

export type Operation = keyof typeof OPERATIONS;

export function isOperation(text: string): text is Operation {
  return Object.hasOwn(OPERATIONS, text);
}

export const OPERATION_NAMES: readonly Operation[] = Object.keys(OPERATIONS).filter(isOperation);

/** The operation itself and every one that carries it, in the table's order. */
export function carriersOf(operation: Operation): readonly Operation[] {
  const carries = (from: Operation): boolean =>
    from === operation || OPERATIONS[from].some((next) => carries(next));
  return OPERATION_NAMES.filter(carries);
}
