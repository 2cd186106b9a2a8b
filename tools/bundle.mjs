// Puts the built programs that must start fast into a few files without dependencies: apps/<app>/bundle/.
// A module per import costs a fifth of a millisecond to find and load; the CLI and the gateway have some three hundred.
import { join, resolve } from "node:path";
import { build } from "vite";

const ROOT = resolve(import.meta.dirname, "..");

/** Programs by app; names keep their place below `dist`, so that one finds another beside it. */
const PROGRAMS = {
  cli: ["main", "supervisor/background-process", "supervisor/probe-process", "keys/token-process"],
  gateway: ["main", "primary", "worker", "alone"],
};

const asked = process.argv.slice(2);

for (const [app, programs] of Object.entries(PROGRAMS)) {
  if (asked.length > 0 && !asked.includes(app)) continue;
  const folder = join(ROOT, "apps", app);
  await build({
    configFile: false,
    root: folder,
    logLevel: "warn",
    build: {
      ssr: true,
      target: "node24",
      outDir: "bundle",
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        input: Object.fromEntries(
          programs.map((name) => [name, join(folder, "dist", `${name}.js`)]),
        ),
        output: {
          entryFileNames: "[name].js",
          chunkFileNames: "chunks/[name]-[hash].js",
          format: "es",
        },
        onwarn(warning, warn) {
          if (warning.code !== "INEFFECTIVE_DYNAMIC_IMPORT") warn(warning);
        },
      },
    },
    ssr: { noExternal: true },
  });
}
