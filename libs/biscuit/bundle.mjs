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
          // Names stay, so that a stack trace says something; comments and white space cost time at each start.
          minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
        },
      },
    },
  });
}

/** The package's imports as seen from `dist/cjs`: the same files, one folder nearer, in the other format. */
const cjsImports = Object.fromEntries(
  Object.entries(imports).map(([name, conditions]) => [
    name,
    Object.fromEntries(
      Object.entries(conditions).map(([condition, file]) => {
        const near = (path) => path.replace("./dist/esm/", "./").replace("./dist/", "./");
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
