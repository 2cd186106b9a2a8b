import { defineConfig, defineProject, mergeConfig } from "vitest/config";
import { unitTests } from "./vitest.shared.ts";

/** The folder's own configuration is for whole platforms. What judges faults and conformance is tested as any other code. */
const e2e = {
  ...mergeConfig(
    unitTests("e2e"),
    defineProject({ test: { include: ["faults/**/*.spec.ts", "conformance/**/*.spec.ts"] } }),
  ),
  root: "e2e",
};

export default defineConfig({ test: { projects: ["apps/*", "libs/*", "tools", e2e] } });
