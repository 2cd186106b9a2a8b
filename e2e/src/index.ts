export { bareSpawnMs } from "./bare-spawn.ts";
export { type Answer, ask, type Ask } from "./gateway/ask.ts";
export { Backends, BIG, instanceId } from "./gateway/backends.ts";
export { commandGateway, controlSocketOf } from "./gateway/control-socket.ts";
export { GatewayControlPlane } from "./gateway/control-plane.ts";
export { GATEWAY_BUNDLE, GatewayProcess } from "./gateway/gateway-process.ts";
export { TaggedLoad, type TaggedLoadOptions, type TaggedResult } from "./gateway/tagged-load.ts";
export { WebSockets } from "./gateway/web-sockets.ts";
export { fetchAt, gatewayFetch } from "./gateway-fetch.ts";
export { Followed, Guide, type GuideOptions } from "./guide.ts";
export { ManyNodes } from "./many-nodes.ts";
export { failed, Load, type LoadOptions, type Sample } from "./load.ts";
export {
  type CliOptions,
  type CliResult,
  freePort,
  gatewayPorts,
  INSTALLATION,
  Platform,
} from "./platform.ts";
export { HaProxy } from "./peers/haproxy.ts";
export { Nginx } from "./peers/nginx.ts";
export { isRunning, processes, pssBytes, treeOf, treesOf, type ProcessInfo } from "./processes.ts";
export {
  atLeast,
  atMost,
  figure,
  median,
  medianOf,
  notShown,
  report,
  type Row,
  type SavedRow,
} from "./report.ts";
export { isProgress, isStillGoing, masked, type Step, stepsOf } from "./transcript.ts";
export { until } from "./until.ts";
export { fetchHttp1, fetchHttp2, type SecureAnswer, type SecureTarget } from "./secure-fetch.ts";
