/** Authorizers and policies that are kept, sent and looked into. Exported as `@bastide/biscuit/snapshot`. */
export { AuthorizerSnapshot, loadPolicies, savePolicies } from "./policy/snapshot.ts";
export type {
  OriginFacts,
  SnapshotBlock,
  SnapshotContent,
  SnapshotLimits,
} from "./wire/snapshot-codec.ts";
