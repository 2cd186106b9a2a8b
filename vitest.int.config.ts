import { defineConfig } from "vitest/config";

/** What needs root, or an ordinary user, says so by its file name; `npm test` runs both. */
const NEEDS_ANOTHER_USER =
  process.getuid?.() === 0 ? "**/*.user.int.spec.ts" : "**/*.root.int.spec.ts";

/** What keeps leases, whose times pass on the clock while it runs, and what measures its share of the machine. */
const TIMED = [
  "apps/agent/test/{guard,warden}*.int.spec.ts",
  "libs/ha-stores/test/*.int.spec.ts",
  "libs/runtime/test/limits.root.int.spec.ts",
];

/** Tests that need a server, a socket or a process: they fail, and do not skip, when it is not there. */
export default defineConfig({
  // Elsewhere for somebody who may not write here: `npm test` shows the clone to an ordinary user.
  cacheDir: process.env["BASTIDE_TEST_CACHE"] ?? "node_modules/.vite",
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { resolve: { conditions: ["source", "node"] } },
  test: {
    exclude: [NEEDS_ANOTHER_USER],
    fsModuleCache: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: "alone", include: TIMED, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
      {
        // They wait more than they reckon, and each has ports and directories of its own.
        extends: true,
        test: {
          name: "two at a time",
          include: ["{apps,libs}/*/test/**/*.int.spec.ts"],
          exclude: TIMED,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
