export {
  type ExitStatus,
  type IsolationFacts,
  type LimitMechanism,
  type Mount,
  type RunHandle,
  type RunLimits,
  type RunSpec,
  RuntimeDriver,
  RuntimeError,
  type RuntimeErrorCode,
  type Usage,
} from "./driver.ts";
export { ProcessDriver, type ProcessDriverOptions } from "./process-driver.ts";
export { type Listener, listenerAt, listeners } from "./listeners.ts";
