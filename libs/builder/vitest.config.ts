import { unitTests } from "../../vitest.shared.ts";

const project = unitTests("builder");

/** No spec here changes what another would see: one worker serves many files, which saves the start of the others. */
export default { ...project, test: { ...project.test, isolate: false } };
