// Makes what the package's `exports` name of what tsc made: one ES module and one CommonJS module for each entry, and the
// chunks they share. A module per source file costs some 70 ms of CPU to find and load; this costs a tenth of it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** `./src/http/index.ts` → entry `http/index`, from `dist/http/index.js`. */
const entries = Object.fromEntries(
  sourcesOf({ exports, imports }).map((source) => [nameOf(source), fileOf(source)]),
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

/**
 * What every user of the library loads, and what whoever loads all of it loads besides. The backends import from the core's
 * chunk, which imports one of them: that is no harm, as neither uses the other before both are loaded.
 */
const core = new Set(
  [entries.core, ...sourcesOf(imports).map(fileOf)].flatMap((file) => [...closureOf(file)]),
);
const all = closureOf(entries.index);
const isEntry = (id) => Object.values(entries).includes(id);
const isShared = (id) => !isEntry(id) && !isBackend(id);
const isBackend = (id) => /\/crypto\/(?:node|web)-/.test(id);

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
    const options = { module: true, ecma: 2022, compress: { passes: 2 } };
    for (const chunk of Object.values(bundle).filter(({ type }) => type === "chunk")) {
      const { code = chunk.code } = await minify(chunk.code, options);
      chunk.code = code;
    }
  },
};

for (const format of ["esm", "cjs"]) {
  const outDir = join(DIST, format);
  rmSync(outDir, { recursive: true, force: true });
  await build({
    configFile: false,
    root: HERE,
    logLevel: "warn",
    plugins: format === "esm" ? [smaller] : [],
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
        external: [/^node:/, ...Object.keys({ ...imports, ...dependencies })],
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

/** A path of the package as seen from `dist/cjs`. */
const near = (path) => path.replace("./dist/esm/", "./").replace("./dist/", "./");

/** The package's imports as seen from `dist/cjs`: the same files, one folder nearer, in the other format. */
const cjsImports = Object.fromEntries(
  Object.entries(imports).map(([name, conditions]) => [
    name,
    Object.fromEntries(
      Object.entries(conditions).map(([condition, file]) => {
        return [condition, { types: near(file.types), default: near(file.default) }];
      }),
    ),
  ]),
);

// Declarations for `require`: the same text, where TypeScript takes it for CommonJS (nodenext looks for the next package.json).
writeFileSync(
  join(DIST, "cjs/package.json"),
  JSON.stringify({ type: "commonjs", imports: cjsImports }),
);
const isDeclaration = (name) => name.endsWith(".d.ts") && !/^(?:cjs|esm)\//.test(name);
for (const name of readdirSync(DIST, { recursive: true }).filter(isDeclaration)) {
  const target = join(DIST, "cjs", name);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(DIST, name), target);
}
