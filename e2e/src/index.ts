export { bareSpawnMs } from "./bare-spawn.ts";
export { gatewayFetch } from "./gateway-fetch.ts";
export { failed, Load, type LoadOptions, type Sample } from "./load.ts";
export { type CliOptions, type CliResult, freePort, INSTALLATION, Platform } from "./platform.ts";
export { processes, pssBytes, treeOf, type ProcessInfo } from "./processes.ts";
export { atMost, figure, median, report, type Row } from "./report.ts";
export { until } from "./until.ts";
export { fetchHttp1, fetchHttp2, type SecureAnswer, type SecureTarget } from "./secure-fetch.ts";
