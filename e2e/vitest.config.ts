import { defineConfig } from "vitest/config";

/** One platform for the whole run: started by the global set-up, one file after the other against it. */
export default defineConfig({
  // Elsewhere for somebody who may not write here: `npm test` shows the clone to an ordinary user.
  cacheDir: process.env["BASTIDE_TEST_CACHE"] ?? "../node_modules/.vite",
  ssr: { resolve: { conditions: ["source", "node"] } },
  test: {
    root: import.meta.dirname,
    include: ["test/**/*.e2e.ts"],
    // What needs root says so by its file name.
    exclude: process.getuid?.() === 0 ? [] : ["**/*.root.e2e.ts"],
    globalSetup: ["./test/global-setup.ts"],
    fileParallelism: false,
    fsModuleCache: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
