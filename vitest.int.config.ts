import { defineConfig } from "vitest/config";

/** Tests that need a server, a socket or a process: they fail, and do not skip, when it is not there. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { resolve: { conditions: ["source", "node"] } },
  test: {
    include: ["{apps,libs}/*/test/**/*.int.spec.ts"],
    fileParallelism: false,
    fsModuleCache: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
