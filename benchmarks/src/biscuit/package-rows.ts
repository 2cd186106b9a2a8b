import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { INSTALLATION, median, type Row } from "@bastide/e2e";
import { build } from "vite";

/** Processes of each kind; they take turns, so that what slows the machine slows both. */
const RUNS = 15;
const IMPORT_GOAL_MS = 5;
const SIZE_GOAL_BYTES = 35_000;

const LIBRARY = join(INSTALLATION, "libs/biscuit");
const WASM = join(INSTALLATION, "node_modules/@biscuit-auth/biscuit-wasm/module");

/**
 * CPU time of the main thread around `work`, in milliseconds, printed by a process that has done nothing else. Asking for the
 * process's account first brings that of the thread up to date: it is else as old as Linux's last tick, up to 4 ms.
 */
const timed = (work: string): string => `
  const cpu = () => { process.cpuUsage(); const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
  const print = process.stdout.write.bind(process.stdout);
  await import("node:fs");
  const before = cpu();
  ${work}
  print(String(cpu() - before));`;

const OURS = timed(`await import("@bastide/biscuit");`);
const CORE = timed(`await import("@bastide/biscuit/core");`);
const CRYPTO = timed(`await import("node:crypto");`);
/** What Node's loader takes for a module, whatever is in it. */
const EMPTY = timed(`await import("data:text/javascript,export const nothing = 0;");`);
/** The shortest way there is: its own entry needs a flag on most versions of Node. */
const THEIRS = timed(`
  const { readFileSync } = await import("node:fs");
  const glue = await import(${JSON.stringify(join(WASM, "biscuit_bg.js"))});
  const module = new WebAssembly.Module(readFileSync(${JSON.stringify(join(WASM, "biscuit_bg.wasm"))}));
  const imports = {};
  for (const { module: from } of WebAssembly.Module.imports(module))
    imports[from] ??= from.includes("snippets") ? { performance_now: () => 0 } : glue;
  const { exports } = new WebAssembly.Instance(module, imports);
  glue.__wbg_set_wasm(exports);
  console.log = () => undefined;
  exports.__wbindgen_start();`);

/** As a stranger's program would: no condition that only this workspace has, no compile cache. */
function run(script: string): number {
  const { NODE_OPTIONS: _options, NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: join(INSTALLATION, "benchmarks"),
    encoding: "utf8",
    env,
  });
  return Number(printed);
}

const round = (value: number): number => Number(value.toPrecision(3));

function importRows(): Row[] {
  const rounds = Array.from({ length: RUNS }, () => ({
    ours: run(OURS),
    core: run(CORE),
    crypto: run(CRYPTO),
    empty: run(EMPTY),
    theirs: run(THEIRS),
  }));
  const of = (name: keyof (typeof rounds)[0]): number => median(rounds.map((one) => one[name]));
  const [ours, core, theirs] = [of("ours"), of("core"), of("theirs")];
  const beside = (what: string, ms: number): Row => ({
    what,
    unit: "ms CPU",
    ours: round(ms),
    peer: round(core),
    peerName: "the core",
    ratio: round(ms / core),
    goal: "",
    met: true,
  });
  const common = { unit: "ms CPU", goal: `< ${IMPORT_GOAL_MS} ms` };
  const wasm = { peer: round(theirs), peerName: "biscuit-wasm 0.6.0" };
  return [
    {
      ...common,
      ...wasm,
      what: "import @bastide/biscuit",
      ours: round(ours),
      ratio: round(ours / theirs),
      met: ours < IMPORT_GOAL_MS,
    },
    {
      ...common,
      ...wasm,
      what: "import @bastide/biscuit/core",
      ours: round(core),
      ratio: round(core / theirs),
      met: core < IMPORT_GOAL_MS,
    },
    beside("  an empty module", of("empty")),
    beside("  node:crypto, which waits for the first key", of("crypto")),
  ];
}

/** All of an entry, or what a bundler keeps of it when a program uses so much. */
const USES = {
  core: `export * from "@bastide/biscuit/core";`,
  "two of the core": `export { Biscuit, definePolicy } from "@bastide/biscuit/core";`,
  everything: `export * from "@bastide/biscuit";`,
  "two of everything": `export { Biscuit, definePolicy } from "@bastide/biscuit";`,
} as const;

/** Where the program would lie: it is made up in memory. */
const USE = join(LIBRARY, "use.js");

/** Minified, as a bundler for Node makes it: with the backend, and nothing that is a package of its own. */
async function sizeOf(use: keyof typeof USES): Promise<number> {
  const output = await build({
    configFile: false,
    root: LIBRARY,
    logLevel: "silent",
    plugins: [
      {
        name: "use",
        resolveId: (id) => (id === USE ? USE : undefined),
        load: (id) => (id === USE ? USES[use] : undefined),
      },
    ],
    build: {
      ssr: USE,
      write: false,
      minify: true,
      rolldownOptions: { output: { codeSplitting: false } },
    },
    ssr: { noExternal: true },
  });
  const { output: chunks } = [output].flat().find((one) => "output" in one) ?? { output: [] };
  const code = chunks.flatMap((chunk) => (chunk.type === "chunk" ? [chunk.code] : []));
  return gzipSync(code.join("\n"), { level: 9 }).length;
}

async function sizeRows(): Promise<Row[]> {
  const peer = 859_221;
  const row = (what: string, bytes: number, goal: number | undefined): Row => ({
    what,
    unit: "B",
    ours: bytes,
    peer,
    peerName: "biscuit-wasm 0.6.0",
    ratio: round(bytes / peer),
    goal: goal === undefined ? "" : `≤ ${goal} B`,
    met: goal === undefined || bytes <= goal,
  });
  return [
    row("core, minified and gzipped", await sizeOf("core"), SIZE_GOAL_BYTES),
    row("  Biscuit and definePolicy of it", await sizeOf("two of the core"), SIZE_GOAL_BYTES),
    row("everything: core, explanations, tools", await sizeOf("everything"), undefined),
    row("  Biscuit and definePolicy of it", await sizeOf("two of everything"), undefined),
  ];
}

/** What it costs to have the package: CPU time of an import, and size in a bundle. The package must be built. */
export async function packageRows(): Promise<Row[]> {
  if (!existsSync(join(LIBRARY, "dist/esm/node/index.js")))
    throw new Error("libs/biscuit is not built; run: npm run build");
  return [...importRows(), ...(await sizeRows())];
}
