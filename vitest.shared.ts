import { defineProject, type UserWorkspaceConfig } from "vitest/config";

/** The one Vitest setup: workspace libraries resolve to their sources, so no test waits for a build. */
export function unitTests(name: string, include = "src/**/*.spec.ts"): UserWorkspaceConfig {
  return defineProject({
    // Said here and not left to tsconfig.json: Vite applies a tsconfig only to the files it includes, and ours exclude specs.
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    ssr: { resolve: { conditions: ["source", "node"] } },
    test: {
      name,
      include: [include],
      environment: "node",
      fsModuleCache: false,
      // One module graph for all files: none of them changes what it holds, and loading it anew takes longer than many tests.
      isolate: false,
      // Also on two cores: Vitest would keep one for itself, which it hardly uses.
      maxWorkers: 2,
      // Properties run hundreds of cases, on machines that do other things too.
      testTimeout: 30_000,
    },
  });
}
