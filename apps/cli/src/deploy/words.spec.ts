import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nameFrom } from "./app-name.ts";
import { parseSteps } from "./deploy.ts";
import { bareRepository, parseGitSource } from "./git-source.ts";
import { parseVersion } from "./roll-back.ts";
import { parseFormation } from "./scale-app.ts";
import { parseAssignments, parseLines } from "./variables.ts";

describe("an app's name from a directory's", () => {
  it.each([
    ["My_Shop.git", "my-shop"],
    ["2048 game", "game"],
    ["a--b", "a-b"],
  ])("%s becomes %s", (text, name) => {
    expect(nameFrom(text)).toBe(name);
  });

  it("is asked for where nothing is left", () => {
    expect(() => nameFrom("---")).toThrow("cannot be made into an app's name");
  });
});

describe("a source", () => {
  it.each([
    ["https://example.org/shop.git#v2", { url: "https://example.org/shop.git", ref: "v2" }],
    ["git@example.org:acme/shop.git", { url: "git@example.org:acme/shop.git", ref: undefined }],
    ["file:///srv/shop", { url: "file:///srv/shop", ref: undefined }],
  ])("%s is a repository", (text, source) => {
    expect(parseGitSource(text)).toEqual(source);
  });

  it.each([".", "./shop", "/srv/shop", "ext::sh -c id", "--upload-pack=id"])(
    "%s is not",
    (text) => {
      expect(parseGitSource(text)).toBeUndefined();
    },
  );

  it("is a repository where a directory is a bare one", () => {
    const directory = mkdtempSync(join(tmpdir(), "bastide-bare-"));
    try {
      expect(bareRepository(directory, "/")).toBeUndefined();
      for (const name of ["objects", "refs"]) mkdirSync(join(directory, name));
      for (const name of ["HEAD", "config"]) writeFileSync(join(directory, name), "");
      const url = `file://${directory}`;
      expect(bareRepository(directory, "/")).toEqual({ url, ref: undefined });
      expect(bareRepository(`.${directory}#v2`, "/")).toEqual({ url, ref: "v2" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("has no option of git for a branch", () => {
    expect(() => parseGitSource("https://example.org/x.git#--upload-pack=id")).toThrow(
      "not a branch",
    );
  });
});

describe("steps", () => {
  it("rise to 100", () => expect(parseSteps("10,50,100")).toEqual([10, 50, 100]));
  it.each(["50", "50,10,100", "0,100", "a,100", "10,101", ""])("refuses %j", (text) => {
    expect(() => parseSteps(text)).toThrow("rising per cents");
  });
});

describe("a formation", () => {
  it("is process=count", () =>
    expect(parseFormation(["web=2", "worker=0"])).toEqual({ web: 2, worker: 0 }));
  it.each(["web", "web=-1", "web=101", "Web=1", "=1"])("refuses %j", (word) => {
    expect(() => parseFormation([word])).toThrow("is not process=count");
  });
});

describe("a version", () => {
  it("is a number with or without v", () => {
    expect([parseVersion("3"), parseVersion("v3"), parseVersion(undefined)]).toEqual([
      3,
      3,
      undefined,
    ]);
  });
  it.each(["0", "v", "1.2", "latest"])("refuses %j", (text) => {
    expect(() => parseVersion(text)).toThrow("is not a version");
  });
});

describe("variables", () => {
  it("are NAME=value, and one NAME alone is read from standard input", () => {
    const { values, fromInput } = parseAssignments(["A=1", "B==x=", "C"]);
    expect([...values]).toEqual([
      ["A", "1"],
      ["B", "=x="],
    ]);
    expect(fromInput).toBe("C");
  });

  it("refuses two without a value and a name that is none", () => {
    expect(() => parseAssignments(["A", "B"])).toThrow("only one");
    expect(() => parseAssignments(["1A=2"])).toThrow("not a variable's name");
  });

  it("come from lines as in a .env file", () => {
    const text = "# comment\n\nA=1\nexport B='two words'\nC=\"x\"\nD=\n";
    expect([...parseLines(text)]).toEqual([
      ["A", "1"],
      ["B", "two words"],
      ["C", "x"],
      ["D", ""],
    ]);
    expect(() => parseLines("A=1\nnonsense")).toThrow("line 2");
  });
});
