import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const library = join(import.meta.dirname, "..");
const root = join(library, "../..");
const bin = join(root, "node_modules/.bin");
const readme = readFileSync(join(library, "README.md"), "utf8");
const directory = mkdtempSync(join(tmpdir(), "biscuit-readme-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Fence {
  readonly language: string;
  readonly lines: readonly string[];
  /** Of the first line, in the README, from 1. */
  readonly line: number;
}

const fences: readonly Fence[] = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  (match) => ({
    language: match[1] ?? "",
    lines: (match[2] ?? "").trimEnd().split("\n"),
    line: readme.slice(0, match.index).split("\n").length + 1,
  }),
);

it("has snippets to run, and no fence of a kind that nobody runs", () => {
  expect(fences.filter(({ language }) => language === "ts").length).toBeGreaterThan(12);
  expect(fences.filter(({ language }) => !["ts", "console"].includes(language))).toEqual([]);
});

/** What a statement is said to give: the comment that ends its last line. */
const CLAIM = /^\/\/ → (.*)$/;

/** One fence with its claims as calls of `claim`; imports go first, since the fences are one module. */
function compile({ lines, line }: Fence): { imports: string[]; body: string[] } {
  const text = lines.join("\n");
  const { statements } = ts.createSourceFile("fence.ts", text, ts.ScriptTarget.Latest, true);
  const compiled = statements.map((statement) => {
    const source = statement.getText();
    const [comment] = ts.getTrailingCommentRanges(text, statement.end) ?? [];
    const [, shown] = CLAIM.exec(text.slice(comment?.pos, comment?.end)) ?? [];
    const at = line + text.slice(0, statement.getStart()).split("\n").length - 1;
    if (comment === undefined || shown === undefined) return { statement, source };
    const claim = `claim(${at}, ${JSON.stringify(shown)}, ${source.replace(/;$/, "")});`;
    return { statement, source: claim };
  });
  const isImport = ({ statement }: (typeof compiled)[0]): boolean =>
    ts.isImportDeclaration(statement);
  return {
    imports: compiled.filter(isImport).map(({ source }) => source),
    body: compiled.filter((one) => !isImport(one)).map(({ source }) => source),
  };
}

const HEAD = `import { inspect } from "node:util";
const told: [number, string, string][] = [];
const claim = (line: number, wanted: string, value: unknown): void =>
  void told.push([line, wanted, inspect(value, { breakLength: Infinity })]);
`;

describe("the snippets", () => {
  const compiled = fences.filter(({ language }) => language === "ts").map(compile);
  const arrows = fences
    .filter(({ language }) => language === "ts")
    .flatMap(({ lines }) => lines.filter((line) => line.includes("// → ")));

  beforeAll(() => {
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    const imports = compiled.flatMap((one) => one.imports);
    const bodies = compiled.map((one) => one.body.join("\n"));
    const used = "void [ShopModule, shop];\nconsole.log(JSON.stringify(told));\n";
    writeFileSync(join(directory, "readme.ts"), [...imports, HEAD, ...bodies, used].join("\n"));
    const config = {
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        composite: false,
        declaration: false,
        declarationMap: false,
        rootDir: ".",
        outDir: "out",
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
      files: ["readme.ts"],
    };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
  });

  it("are TypeScript that compiles as strictly as this workspace", () => {
    const { stdout, status } = spawnSync(process.execPath, [join(bin, "tsc"), "-p", directory], {
      encoding: "utf8",
    });
    expect([stdout, status]).toEqual(["", 0]);
  });

  it("give what they say", () => {
    const ran = spawnSync(process.execPath, [join(directory, "out/readme.js")], {
      encoding: "utf8",
    });
    expect([ran.stderr, ran.status]).toEqual(["", 0]);
    const told: [number, string, string][] = JSON.parse(ran.stdout);
    expect(told.map(([line, , shown]) => [line, shown])).toEqual(
      told.map(([line, wanted]) => [line, wanted]),
    );
    expect(told).toHaveLength(arrows.length);
  });
});

describe("the commands", () => {
  const commands = fences.filter(({ language }) => language === "console");

  it("print what they say; an ellipsis stands for what differs", () => {
    const path = join(directory, "bin");
    mkdirSync(path);
    const main = join(root, "apps/cli/dist/main.js");
    writeFileSync(join(path, "bastide"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    chmodSync(join(path, "bastide"), 0o755);
    const env = {
      ...process.env,
      PATH: [path, process.env["PATH"]].join(delimiter),
      HOME: directory,
    };
    for (const { lines } of commands)
      for (const [command, expected] of steps(lines)) {
        const printed = execFileSync("sh", ["-c", command], {
          cwd: directory,
          encoding: "utf8",
          env,
          stdio: ["ignore", "pipe", "pipe"],
        });
        expect([command, printed]).toEqual([command, expect.stringMatching(pattern(expected))]);
      }
  });
});

/** Each command with the lines below it. */
function steps(lines: readonly string[]): [string, readonly string[]][] {
  const starts = lines.flatMap((line, at) => (line.startsWith("$ ") ? [at] : []));
  return starts.map((start, at) => [
    (lines[start] ?? "").slice(2),
    lines.slice(start + 1, starts[at + 1] ?? lines.length),
  ]);
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\]\\^{|}]/g, "\\$&");

/** A line that is an ellipsis stands for any lines, one at the end of a line for the rest of it. */
const pattern = (lines: readonly string[]): RegExp => {
  const parts = lines.map((line) =>
    line === "…" ? "(?:.*\n)*?" : `${escaped(line).replaceAll("…", ".*")}\n`,
  );
  return new RegExp(`^${parts.join("")}$`);
};
