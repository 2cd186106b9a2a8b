import { describe, expect, it } from "vitest";
import { command } from "./command.ts";
import { parseCommand } from "./parse.ts";

const spec = command({
  name: "move",
  summary: "moves things",
  arguments: [
    { name: "from", summary: "where from", required: true },
    { name: "to", summary: "where to" },
  ],
  options: {
    port: { type: "integer", short: "p", summary: "a port", value: "port" },
    tag: { type: "string", multiple: true, summary: "tags" },
    kind: { type: "string", choices: ["fast", "slow"], summary: "how" },
    wait: { type: "boolean", default: true, summary: "do not wait" },
    force: { type: "boolean", short: "f", summary: "by force" },
  },
  examples: [],
  run: async () => 0,
});

const parse = (...words: string[]) => parseCommand(spec, words);
const failure = (...words: string[]): string => {
  try {
    parse(...words);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "";
};

describe("a command line", () => {
  it("gives each option the type of its declaration", () => {
    expect(parse("a", "b", "-p", "8080", "--tag=x", "--tag", "y", "--kind", "slow", "-f")).toEqual({
      arguments: ["a", "b"],
      options: {
        port: 8080,
        tag: ["x", "y"],
        kind: "slow",
        wait: true,
        force: true,
        json: false,
        quiet: false,
        help: false,
      },
    });
  });

  it("switches off what is on by default", () => {
    expect(parse("a", "--no-wait").options["wait"]).toBe(false);
  });

  it("takes everything after -- as arguments", () => {
    expect(parse("--", "--force").arguments).toEqual(["--force"]);
  });

  it.each([
    [["a", "--prot", "1"], "unknown option --prot; did you mean --port?"],
    [["a", "--zzzzzz"], "unknown option --zzzzzz"],
    [["a", "--port"], "--port needs a value (--port=<port>)"],
    [["a", "--port", "x"], '--port must be a whole number, not "x"'],
    [["a", "--kind", "odd"], '--kind is "odd", but must be one of: fast, slow'],
    [["a", "--force=yes"], '--force takes no value, but "yes" was given'],
    [[], "<from> is missing: where from"],
    [["a", "b", "c"], '"c" is one argument too many (at most 2)'],
  ])("refuses %j", (words, message) => {
    expect(failure(...words)).toBe(message);
  });

  it.each([["--token", "SECRET"], ["--token=SECRET"], ["--token-stdin=SECRET"]])(
    "takes no token in the list of processes, and does not repeat it: %s",
    (...words) => {
      const about = command({
        name: "about",
        summary: "about a token",
        arguments: [],
        options: {
          "token-file": { type: "string", summary: "its file" },
          "token-stdin": { type: "boolean", summary: "read it" },
        },
        examples: [],
        run: async () => 0,
      });
      const refused = (() => {
        try {
          return parseCommand(about, words);
        } catch (error) {
          return error;
        }
      })();
      expect(refused).toMatchObject({
        message: expect.stringMatching(
          /^--token\S* takes no token: .*list this machine's processes/,
        ),
        fix: expect.stringContaining("--token-file <file> or --token-stdin"),
      });
      expect(JSON.stringify([refused, String(refused)])).not.toContain("SECRET");
      expect(failure("a", "--token", "x")).toBe("unknown option --token");
    },
  );

  it("does not ask for arguments where help is asked for", () => {
    expect(parse("--help").options["help"]).toBe(true);
  });
});
