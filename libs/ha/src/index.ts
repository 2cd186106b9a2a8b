export { Agent, type AgentEffect, type AgentSettings, type Heartbeat } from "./agent/agent.ts";
export type { NodeMessage } from "./agent/node-message.ts";
export { type Admission, Witness } from "./fencing/witness.ts";
export { extendLawful, killUnlawful } from "./guard/enforce.ts";
export { Guard, type GuardedLease, type GuardSettings, type StoreAnswer } from "./guard/guard.ts";
export {
  EMPTY_GUARD_RECORD,
  type GuardEffect,
  type GuardMessage,
  type GuardRecord,
  type StoreAsk,
} from "./guard/guard-message.ts";
export { type Intent, type IntentTable, newerOf, NO_INTENTS } from "./intents/intent.ts";
export { EPOCHS_PER_LIFE, isOfLife, needsSeed, seedFloor } from "./leases/epochs.ts";
export type { LeaseCommand, LeaseSettings } from "./leases/lease-command.ts";
export { LeaseHolder } from "./leases/lease-holder.ts";
export {
  type Acquisition,
  type FencedWrite,
  type LeaseGrant,
  type LeaseRecord,
  type LeaseRequest,
  LeaseStore,
  type Renewal,
} from "./leases/lease-store.ts";
export { LeaseStoreUnavailable } from "./leases/lease-store-unavailable.ts";
export { DRIFT_BOUND, leaseEndMs, waitForOtherMs } from "./leases/lease-time.ts";
export {
  SEED_KEY,
  SEED_LEASE,
  type SeedCommand,
  Seeder,
  type VotedLease,
} from "./leases/seeder.ts";
export {
  NO_VOTE,
  type PromiseAnswer,
  type RegrantAnswer,
  Voter,
  type VoterRecord,
} from "./leases/voter.ts";
export {
  type Liveness,
  Membership,
  type MembershipSettings,
  type MemberView,
  WALL_CLOCK_LIMIT_MS,
} from "./membership/membership.ts";
export type { LeaseView } from "./orchestration/lease-rules.ts";
export type { Action, NodeView, Observation } from "./orchestration/observation.ts";
export { plan } from "./orchestration/plan.ts";
export { Fleet, type PlacementFacts, planPlacement } from "./placement/fleet.ts";
export {
  DECLARED_FACTS,
  domainOf,
  NODE_FACTS,
  type NodeFactName,
  type NodeState,
  type PlacementNode,
  type SpreadKey,
} from "./placement/node.ts";
export type {
  Assignment,
  Displaced,
  ExplainedNode,
  PlacementExplanation,
  PlacementPlan,
  Unplaced,
} from "./placement/plan.ts";
export { asksFor, PlacementPolicy } from "./placement/placement-policy.ts";
export { PolicyVerdicts } from "./placement/policy-verdicts.ts";
export type { ProposedMove, RebalanceLimits } from "./placement/rebalance.ts";
export {
  type NodeVerdict,
  type Refusal,
  REFUSAL_CODES,
  type RefusalCode,
} from "./placement/refusal.ts";
export { fullness, type Needs, type Room } from "./placement/resources.ts";
export type { GroupAffinity, Quota, Spread, Workload } from "./placement/workload.ts";
export { Clock } from "./ports/clock.ts";
export {
  type LocalService,
  ResourceDriver,
  type RunLease,
  type ServiceAction,
} from "./ports/resource-driver.ts";
export { Transport } from "./ports/transport.ts";
export { type CandidateReport, isSameSet, mayChangeSet } from "./quorum/candidate-set.ts";
export { isMajority, majorityOf } from "./quorum/majority.ts";
export { SAFETY_RULES, type SafetyRules } from "./safety-rules.ts";
export type {
  AffinitySpec,
  Desired,
  FlexTopology,
  MonitorAction,
  MonitorSpec,
  ResourceSpec,
  ResourceState,
  ServiceSpec,
  Topology,
} from "./services/service.ts";
export { type StartOrder, startOrder } from "./services/start-order.ts";
export type { StormLimit } from "./services/storm-limit.ts";
