import { unitTests } from "../../vitest.shared.ts";

// The simulation is no part of what the library ships, and lies beside its sources.
export default unitTests("ha", "{src,sim}/**/*.spec.ts");
