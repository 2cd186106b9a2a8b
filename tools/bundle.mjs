// Puts the built programs that must start fast into a few files without dependencies: apps/<app>/bundle/.
// A module per import costs a fifth of a millisecond to find and load; the CLI and the gateway have some three hundred.
import { rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { makeSnapshot } from "./snapshot.mjs";
import { viteBuild } from "./vite-build.mjs";

const ROOT = resolve(import.meta.dirname, "..");

/**
 * Programs by app; names keep their place below `dist`, so that one finds another beside it. Those of one list share
 * what they import; each of the gateway's processes reads its own file, with nothing in it that only another needs.
 */
const PROGRAMS = {
  cli: [
    [
      "main",
      "supervisor/background-process",
      "supervisor/probe-process",
      "keys/token-process",
      "nodes/join-process",
    ],
  ],
  gateway: [["main", "alone"], ["primary"], ["worker"]],
};

/**
 * To import a module of Node's own is to ask for each of its exports, and some of those load a lot: by `WebSocket` of
 * node:http alone a start takes 50 ms longer. Asked for by name, only what is named is loaded.
 */
const builtins = {
  name: "builtins",
  renderChunk: (code) =>
    code.replaceAll(/^import (?:([^"]+) from )?"([\w:/]+)";$/gm, (line, names = "", id) => {
      if (!isBuiltin(id)) return line;
      const wanted = names.replaceAll(" as ", ": ").match(/\{.*\}|\w+(?!\s*:)/g) ?? [];
      return wanted
        .map((name) => `const ${name} = globalThis.process.getBuiltinModule("${id}");`)
        .join("");
    }),
};

const asked = process.argv.slice(2);

for (const [app, groups] of Object.entries(PROGRAMS)) {
  if (asked.length > 0 && !asked.includes(app)) continue;
  const folder = join(ROOT, "apps", app);
  rmSync(join(folder, "bundle"), { recursive: true, force: true });
  for (const programs of groups) await bundle(folder, programs);
  if (app === "cli") await makeSnapshot(folder, "prepared");
}

function bundle(folder, programs) {
  const input = Object.fromEntries(
    programs.map((name) => [name, join(folder, "dist", `${name}.js`)]),
  );
  return viteBuild(folder, builtins, input, {
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    format: "es",
  });
}
