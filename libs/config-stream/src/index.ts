export type { Json } from "./change-log.ts";
export { ConfigSource, type ConfigSourceOptions, type SubscriberState } from "./config-source.ts";
export {
  ConfigSubscriber,
  type ConfigSubscriberOptions,
  type SubscriberEvent,
} from "./config-subscriber.ts";
export { LastKnownGood, type SavedState, type Sealing } from "./last-known-good.ts";
export { ndjsonOf } from "./ndjson.ts";
export { loadSealingKey, sealingWith } from "./sealing.ts";
export { compareVersions, includesVersion, sameVersion } from "./version.ts";
