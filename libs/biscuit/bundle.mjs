// Makes what the package's `exports` name of what tsc made: for each platform one ES module and one CommonJS module for each
// entry, and the chunks they share. A module per source file costs some 70 ms of CPU to find and load, this a tenth of it; a
// quarter of the tenth goes where the platform's backend is in the core's chunk instead of a file of its own.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { minify } from "terser";
import { build } from "vite";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
const {
  exports,
  imports,
  dependencies = {},
} = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));

/**
 * `./src/http/index.ts` → entry `http/index`, from `dist/http/index.js`. The core comes first: what belongs together then
 * stands together in its chunk, which packs better.
 */
const entries = Object.fromEntries(
  ["./src/core.ts", ...sourcesOf(exports)].map((source) => [nameOf(source), fileOf(source)]),
);

function nameOf(source) {
  return source.replace("./src/", "").replace(/\.ts$/, "");
}

function fileOf(source) {
  return join(DIST, `${nameOf(source)}.js`);
}

/** Every `source` of conditional exports and imports, at any depth. */
function sourcesOf(conditions) {
  return Object.entries(conditions).flatMap(([name, value]) => {
    if (typeof value === "object") return sourcesOf(value);
    return name === "source" ? [value] : [];
  });
}

/** By the condition under which the backend of `imports` is chosen. */
const PLATFORMS = { node: "node", web: "browser" };

/** What every user of the library loads, backends among it, and what whoever loads all of it loads besides. */
const core = new Set(
  [entries.core, ...sourcesOf(imports).map(fileOf)].flatMap((file) => [...closureOf(file)]),
);
const all = closureOf(entries.index);
const isDeclaration = (name) => name.endsWith(".d.ts") && !/^(?:cjs|esm)\b/.test(name);
const isEntry = (id) => Object.values(entries).includes(id);
const isShared = (id) => !isEntry(id);

function closureOf(file, known = new Set()) {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\b.*?"(\..*?)";$/gm,
  ))
    closureOf(join(dirname(file), path), known);
  return known;
}

/** Terser after the bundler's own minifier saves 2 % more. For ES modules, which are what is bundled for browsers. */
const smaller = {
  name: "smaller",
  async generateBundle(_, bundle) {
    const options = { module: true, ecma: 2022, compress: { passes: 3 } };
    for (const chunk of Object.values(bundle).filter(({ type }) => type === "chunk")) {
      const { code = chunk.code } = await minify(chunk.code, options);
      chunk.code = code;
    }
  },
};

/** What the index exports again of other entries is taken into it: else it would load each of them, as a file of its own. */
const again = {
  name: "again",
  enforce: "pre",
  resolveId(source, importer) {
    if (importer !== entries.index) return undefined;
    const file = join(DIST, source);
    return isEntry(file) ? `${file}?again` : undefined;
  },
};

/** One platform's files in one format. */
async function make(outDir, format, condition) {
  await build({
    configFile: false,
    root: HERE,
    logLevel: "warn",
    plugins: format === "esm" ? [again, smaller] : [again],
    ssr: { resolve: { conditions: [condition] } },
    build: {
      ssr: true,
      target: "node20",
      outDir,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: entries,
        // Terser takes its time.
        checks: { pluginTimings: false },
        external: [/^node:/, ...Object.keys(dependencies)],
        output: {
          format: format === "esm" ? "es" : "cjs",
          entryFileNames: "[name].js",
          chunkFileNames: "chunks/[name]-[hash].js",
          // Few chunks: each file costs more to find and open than most of what is in it.
          codeSplitting: {
            groups: [
              { name: "core", test: (id) => isShared(id) && core.has(id), priority: 1 },
              { name: "rest", test: (id) => isShared(id) && all.has(id) },
            ],
          },
          // What reads this is a machine, at every start; people read `src`, which the package has too.
          minify: true,
        },
      },
    },
  });
}

for (const format of ["esm", "cjs"]) {
  // Others may be reading what is there: it is whole until the new is.
  const made = join(DIST, `${format}-${process.pid}`);
  for (const [platform, condition] of Object.entries(PLATFORMS))
    await make(join(made, platform), format, condition);
  if (format === "cjs") declare(made);
  rmSync(join(DIST, format), { recursive: true, force: true });
  renameSync(made, join(DIST, format));
}

/** Declarations for `require`: the same text, where TypeScript takes it for CommonJS (nodenext looks for the next package.json). */
function declare(directory) {
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "commonjs" }));
  for (const name of readdirSync(DIST, { recursive: true }).filter(isDeclaration)) {
    const target = join(directory, name);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(DIST, name), target);
  }
}
