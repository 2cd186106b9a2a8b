import { execFileSync, spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const library = join(import.meta.dirname, "..");
const root = join(library, "../..");
const project = mkdtempSync(join(tmpdir(), "biscuit-package-"));
const installed = join(project, "node_modules/@bastide/biscuit");
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports)
  .filter((name) => name !== "./package.json")
  .map((name) => name.replace(/^\./, "@bastide/biscuit"));

/** The package as a stranger gets it: packed, unpacked, beside its dependencies and nothing else. */
beforeAll(() => {
  // Whoever may not write here packs what the set-up built.
  const scripts = mayWrite(library) ? [] : ["--ignore-scripts"];
  const packed = execFileSync(
    "npm",
    ["pack", "--json", ...scripts, "--pack-destination", project],
    {
      cwd: library,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, npm_config_cache: join(project, "cache") },
    },
  );
  const file = /"filename": "([^"]+)"/.exec(packed)?.[1] ?? "";
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(project, file), "-C", installed, "--strip-components=1"]);
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
  writeFileSync(join(project, "package.json"), '{ "name": "consumer", "type": "module" }');
}, 120_000);

function mayWrite(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const USE = `
const root: KeyPair = KeyPair.generate();
const token = biscuit\`user(\${"alice"}); role("admin");\`.sign(root);
const decision: Decision = definePolicy('allow if role("admin");').authorize(Biscuit.parse(token.toString(), root.publicKey));
if (!decision.allowed) throw new Error(decision.reason);
const rows: readonly (readonly unknown[])[] = token.query(rule\`u($u) <- user($u)\`);
const gate = expressGate({ verifier: { verify: (text) => Biscuit.parse(text, root.publicKey) } });
const hooks = fastifyGate({ verifier: { verify: (text) => Biscuit.parse(text, root.publicKey) } });
export const used: readonly unknown[] = [rows, gate, hooks, new RequestGate({ verifier: { verify: (text) => Biscuit.parse(text, root.publicKey) } })];
`;
const IMPORTS = `
import { Biscuit, biscuit, type Decision, definePolicy, KeyPair, rule } from "@bastide/biscuit";
import { expressGate } from "@bastide/biscuit/express";
import { fastifyGate } from "@bastide/biscuit/fastify";
import { RequestGate } from "@bastide/biscuit/http";
`;

describe("types", () => {
  it.each([
    ["node16", "node16", "consumer.mts"],
    ["node16", "node16", "consumer.cts"],
    ["nodenext", "nodenext", "consumer.mts"],
    ["nodenext", "nodenext", "consumer.cts"],
    ["esnext", "bundler", "consumer.ts"],
  ])("resolve under module %s, moduleResolution %s, in %s", (module, moduleResolution, file) => {
    const every = entries.map((entry, at) => `import * as e${at} from "${entry}";\n`).join("");
    const all = `export const all = [${entries.map((_, at) => `e${at}`).join(", ")}];\n`;
    writeFileSync(join(project, file), every + IMPORTS + USE + all);
    const config = {
      compilerOptions: {
        module,
        moduleResolution,
        target: "es2022",
        lib: ["es2022", "dom"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: [file],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
    const { stdout, status } = spawnSync(
      process.execPath,
      [join(root, "node_modules/.bin/tsc"), "-p", "tsconfig.json"],
      { cwd: project, encoding: "utf8" },
    );
    expect([stdout, status]).toEqual(["", 0]);
  });

  it("never say any", () => {
    const names = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    const declarations = names.filter((name) => name.endsWith(".d.ts"));
    expect(declarations.length).toBeGreaterThan(50);
    const said = declarations.filter((name) =>
      /[:<,|]\s*any\b(?!\()/.test(code(readFileSync(join(installed, "dist", name), "utf8"))),
    );
    expect(said).toEqual([]);
  });
});

/** A declaration file without its comments. */
const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

/** The pinned Node and whatever other Node this machine has. */
function nodes(): string[] {
  const others = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => join(folder, "node"));
  const versions = new Map<string, string>();
  for (const node of [process.execPath, ...others]) {
    const { stdout, status } = spawnSync(node, ["--version"], { encoding: "utf8" });
    if (status === 0 && !versions.has(stdout)) versions.set(stdout, node);
  }
  return [...versions.values()];
}

const CHECK = `
const root = lib.KeyPair.generate(process.argv[2]);
const token = lib.biscuit\`user(\${"alice"});\`.sign(root).attenuate(lib.block\`check if operation("read");\`);
const policy = lib.definePolicy('allow if user("alice");');
const parsed = lib.Biscuit.parse(token.toString(), root.publicKey);
const allowed = policy.authorize(parsed, { facts: [lib.fact("operation", "read")] }).allowed;
console.log(JSON.stringify([allowed, policy.authorize(parsed).allowed, loaded]));
`;

describe.each(nodes())("%s", (node) => {
  const run = (file: string, text: string): unknown => {
    writeFileSync(join(project, file), text);
    const ran = spawnSync(node, [join(project, file), "ed25519"], { encoding: "utf8" });
    expect(ran.stderr).toBe("");
    return JSON.parse(ran.stdout);
  };
  const answer = [true, false, entries];

  it("imports every entry", () => {
    const names = entries.map((_, at) => `e${at}`);
    const imports = entries.map((entry, at) => `import * as ${names[at]} from "${entry}";\n`);
    const loaded = `const lib = e0;\nconst loaded = [${names.join(",")}].map((one, at) => Object.keys(one).length > 0 && ${JSON.stringify(entries)}[at]);`;
    expect(run("run.mjs", imports.join("") + loaded + CHECK)).toEqual(answer);
  });

  it("requires every entry", () => {
    const loaded = `const lib = require("@bastide/biscuit");\nconst loaded = ${JSON.stringify(entries)}.filter((one) => Object.keys(require(one)).length > 0);`;
    expect(run("run.cjs", loaded + CHECK)).toEqual(answer);
  });
});

it.each([
  ["node", "node"],
  ["browser", "web"],
  ["edge-light", "web"],
  ["workerd", "web"],
])("under the condition %s every entry is of the platform %s, and loads", (condition, platform) => {
  const file = join(project, "platform.mjs");
  writeFileSync(
    file,
    `import { createRequire } from "node:module";
    const { resolve } = createRequire(import.meta.url);
    const found = [];
    for (const name of ${JSON.stringify(entries)}) {
      await import(name);
      found.push(import.meta.resolve(name), resolve(name));
    }
    console.log(JSON.stringify(found));`,
  );
  const ran = spawnSync(process.execPath, [`--conditions=${condition}`, file], {
    encoding: "utf8",
  });
  expect(ran.stderr).toBe("");
  const places = (JSON.parse(ran.stdout) as string[]).map((one) => /dist\/\w+\/\w+/.exec(one)?.[0]);
  expect(new Set(places)).toEqual(new Set([`dist/esm/${platform}`, `dist/cjs/${platform}`]));
});

it("is packed with what a stranger needs, and no tests", () => {
  const names = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(names).toEqual(expect.arrayContaining(["README.md", "LICENSE", "NOTICE", "package.json"]));
  expect(names.filter((name) => /\.(?:spec|fixture)\.|tsbuildinfo/.test(name))).toEqual([]);
});
