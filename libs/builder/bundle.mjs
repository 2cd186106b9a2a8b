// Puts the static server and what it imports into one file without dependencies: dist/static-server/serve.mjs.
import { fileURLToPath } from "node:url";
import { build } from "vite";

await build({
  configFile: false,
  root: fileURLToPath(new URL(".", import.meta.url)),
  logLevel: "warn",
  // Both `build` and a test may make it while the other reads it: nothing is emptied.
  build: {
    ssr: "src/static-server/main.ts",
    target: "node24",
    outDir: "dist/static-server",
    emptyOutDir: false,
    minify: false,
    rolldownOptions: {
      output: { entryFileNames: "serve.mjs", format: "es", codeSplitting: false },
    },
  },
  ssr: { noExternal: true },
});
