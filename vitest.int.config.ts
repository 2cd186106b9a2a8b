import { defineConfig } from "vitest/config";

/** Tests that need a server, a socket or a process: they fail, and do not skip, when it is not there. */
export default defineConfig({
  // Elsewhere for somebody who may not write here: `npm test` shows the clone to an ordinary user.
  cacheDir: process.env["BASTIDE_TEST_CACHE"] ?? "node_modules/.vite",
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
