// Makes what the package's `exports` name of what tsc made: one ES module and one CommonJS module for each entry, and the
// chunks they share. A module per source file costs some 70 ms of CPU to find and load; this costs a tenth of it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  sourcesOf({ exports, imports }).map((source) => {
    const name = source.replace("./src/", "").replace(/\.ts$/, "");
    return [name, join(DIST, `${name}.js`)];
  }),
);

/** Every `source` of conditional exports and imports, at any depth. */
function sourcesOf(conditions) {
  return Object.entries(conditions).flatMap(([name, value]) => {
    if (typeof value === "object") return sourcesOf(value);
    return name === "source" ? [value] : [];
  });
}

/** What the backends import, which the rest of the core comes after: in one chunk with it that would be a cycle. */
const foundation = new Set(
  Object.entries(entries)
    .filter(([name]) => name.startsWith("crypto/"))
    .flatMap(([, file]) => [...closureOf(file)]),
);
/** What every user of the library loads; the other entries' own modules stay with them. */
const core = closureOf(entries.core);
const isBackend = (id) => /\/crypto\/(?:node|web)-/.test(id);
const isEntry = (id) => Object.values(entries).includes(id);

function closureOf(file, known = new Set()) {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\b.*?"(\..*?)";$/gm,
  ))
    closureOf(join(dirname(file), path), known);
  return known;
}

for (const format of ["esm", "cjs"]) {
  const outDir = join(DIST, format);
  rmSync(outDir, { recursive: true, force: true });
  await build({
    configFile: false,
    root: HERE,
    logLevel: "warn",
    build: {
      ssr: true,
      target: "node20",
      outDir,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: entries,
        external: [/^node:/, ...Object.keys({ ...imports, ...dependencies })],
        output: {
          format: format === "esm" ? "es" : "cjs",
          entryFileNames: "[name].js",
          chunkFileNames: "chunks/[name]-[hash].js",
          // Few chunks: each file costs more to find and open than most of what is in it.
          codeSplitting: {
            groups: [
              {
                name: "foundation",
                test: (id) => foundation.has(id) && !isBackend(id),
                priority: 2,
              },
              { name: "shared", test: (id) => core.has(id) && !isEntry(id), priority: 1 },
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
