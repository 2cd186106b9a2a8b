import { defineProject, type UserWorkspaceConfig } from "vitest/config";

/** The one Vitest setup: workspace libraries resolve to their sources, so no test waits for a build. */
export function unitTests(name: string): UserWorkspaceConfig {
  return defineProject({
    // Said here and not left to tsconfig.json: Vite applies a tsconfig only to the files it includes, and ours exclude specs.
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    ssr: { resolve: { conditions: ["source", "node"] } },
    test: {
      name,
      include: ["src/**/*.spec.ts"],
      environment: "node",
      fsModuleCache: false,
      // Properties run hundreds of cases, on machines that do other things too.
      testTimeout: 30_000,
    },
  });
}
