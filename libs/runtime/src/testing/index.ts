export { runtimeConformance } from "./conformance.ts";
export { TEST_UID, textOf, until, Workspace } from "./workspace.ts";
