// Makes a startup snapshot of a program: one file of CommonJS, run to its end, and the heap that it leaves.
import { spawnSync } from "node:child_process";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { viteBuild } from "./vite-build.mjs";

/**
 * A snapshot cannot hold modules of Node's own that speak to the system (node:http, node:tls, …), and what is read of
 * them is of the command's moment, not of the build's. So each is asked for when something of it is used.
 */
const LAZY = `const lazyBuiltin = (id) =>
  new Proxy({}, { get: (_, name) => (name === "default" ? require(id) : require(id)[name]) });
/** Where the bundle lies when it runs: beside the program that the launcher names. */
const bundleUrl = () => require("node:url").pathToFileURL(process.argv[1]).href;
`;
const IMPORT_META_URL = 'require("url").pathToFileURL(__filename).href';

const lateBuiltins = {
  name: "late-builtins",
  renderChunk: (code) =>
    LAZY +
    code
      .replaceAll(IMPORT_META_URL, "bundleUrl()")
      .replaceAll(/\brequire\("([\w:/]+)"\)/g, (asked, id) =>
        isBuiltin(id) ? `lazyBuiltin("${id}")` : asked,
      )
      // A copy would read every property now.
      .replaceAll(/^([\w$]+) = __toESM\(\1(?:, 1)?\);$/gm, ""),
};

/** `apps/<app>/dist/<name>.js` to `bundle/<name>.blob`, for `node --snapshot-blob`. */
export async function makeSnapshot(folder, name) {
  const input = { [name]: join(folder, "dist", `${name}.js`) };
  const output = { entryFileNames: "[name].cjs", format: "cjs", codeSplitting: false };
  await viteBuild(folder, lateBuiltins, input, output);
  const blob = join(folder, "bundle", `${name}.blob`);
  const script = join(folder, "bundle", `${name}.cjs`);
  const made = spawnSync(process.execPath, ["--snapshot-blob", blob, "--build-snapshot", script], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
    encoding: "utf8",
  });
  if (made.status === 0 && made.stderr === "") return;
  throw new Error(`${script} could not be made into a snapshot:\n${made.stderr}`);
}
