import { describe, expect, it } from "vitest";
import { ManifestError, type ManifestProblem } from "./manifest-error.ts";
import { readManifest } from "./read-manifest.ts";

function problemsOf(text: string): readonly ManifestProblem[] {
  try {
    readManifest(text, "bastide.yaml");
  } catch (error) {
    if (error instanceof ManifestError) return error.problems;
    throw error;
  }
  throw new Error("the manifest was taken");
}
const messageOf = (text: string): string =>
  problemsOf(text)
    .map(({ line, message }) => `${line}: ${message}`)
    .join("\n");

describe("a manifest", () => {
  it("may be empty, or hold comments alone", () => {
    expect(readManifest("", "bastide.yaml")).toEqual({});
    expect(readManifest("# nothing\n", "bastide.yaml")).toEqual({});
  });

  it("is read with the contract's defaults", () => {
    const text =
      "app: shop\nprocesses:\n  web:\n    command: node server.js\n    instances: 2\nenv:\n  GREETING: hello\n";
    const manifest = readManifest(text, "bastide.yaml");
    expect(manifest).toMatchObject({ app: "shop", env: { GREETING: "hello" } });
    expect(manifest.processes?.["web"]).toMatchObject({ instances: 2, stopGraceSeconds: 10 });
  });

  it("may be JSON, which is YAML", () => {
    expect(readManifest('{"app": "shop"}', "bastide.yaml")).toEqual({ app: "shop" });
  });

  it("names the nearest known key for an unknown one, at any depth", () => {
    expect(messageOf("proceses: {}")).toBe("1: unknown key `proceses`; did you mean `processes`?");
    expect(messageOf("processes:\n  web:\n    comand: x")).toContain(
      "3: unknown key `comand` in `processes.web`; did you mean `command`?",
    );
    const promise =
      "processes:\n  web:\n    command: x\n    promises:\n      - kind: http\n        pth: /";
    expect(messageOf(promise)).toBe(
      "6: unknown key `pth` in `processes.web.promises.0`; did you mean `path`?",
    );
  });

  it("lists the known keys where none is near", () => {
    expect(messageOf("volumes: []")).toBe(
      "1: unknown key `volumes`; known keys are app, build, processes, env",
    );
  });

  it("tells every problem at once, in the file's order, with line numbers", () => {
    const text =
      "app: Shop!\nprocesses:\n  web:\n    instances: many\nbuild:\n  kind: stattic\nenv:\n  PORT: 8080\n";
    expect(problemsOf(text).map(({ line, path }) => `${line} ${path}`)).toEqual([
      "1 app",
      "3 processes.web.command",
      "4 processes.web.instances",
      "6 build.kind",
      "8 env.PORT",
    ]);
    const message = messageOf(text);
    expect(message).toContain("`processes.web.command`: is missing");
    expect(message).toContain('got the string "stattic"; did you mean `static`?');
    expect(message).toContain('expected a string, got the number 8080; write it in quotes ("…")');
  });

  it("names the limit that a value goes over", () => {
    expect(messageOf("processes:\n  web:\n    command: x\n    instances: 1000")).toContain(
      "the number 1000 is too large: the limit is 100",
    );
  });

  it("names the kinds of a promise", () => {
    const text = "processes:\n  web:\n    command: x\n    promises: [{ kind: htpp }]";
    expect(messageOf(text)).toContain(
      'expected http or tcp or command, got the string "htpp"; did you mean `http`?',
    );
  });

  it("has its file's name and line in the message", () => {
    expect(() => readManifest("app: 1", "bastide.yaml")).toThrow(/^bastide\.yaml:1: `app`/);
  });

  it.each([
    ["a list", "- 1", /expected a mapping, got a list/],
    ["two documents", "app: a\n---\napp: b", /multiple documents/i],
    ["a key twice", "app: a\napp: b", /unique/],
    ["broken YAML", "app: [", /Flow sequence/],
    ["a tag", "app: !!js/function x", /tag/i],
    ["an anchor", "app: &a shop", /anchors and aliases are not allowed/],
    [
      "a bomb of aliases",
      "a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]",
      /anchors and aliases are not allowed/,
    ],
    ["brackets without end", "[".repeat(20_000), /nested deeper than the limit of 32/],
    ["dashes without end", "- ".repeat(20_000), /nested deeper than the limit of 32/],
    ["more than 64 KiB", `# ${"x".repeat(70_000)}`, /70002 bytes; the limit is 65536/],
  ])("is refused for %s", (_, text, expected) => {
    expect(messageOf(text)).toMatch(expected);
  });

  it("of nothing but deep indentation is refused and harms nobody", () => {
    const text = Array.from({ length: 350 }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
    expect(problemsOf(text)).toHaveLength(1);
  });

  it("cannot reach what objects inherit", () => {
    expect(messageOf("__proto__: { polluted: yes }\nconstructor: 1")).toContain("unknown key");
    expect("polluted" in {}).toBe(false);
  });
});
