import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { tellingLines } from "./log-lines.ts";

const directory = mkdtempSync("/tmp/bastide-lines-");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function log(...lines: readonly (string | object)[]): string {
  const file = join(directory, "a.log");
  writeFileSync(
    file,
    lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
  );
  return file;
}

it("turns warnings into sentences, each once, and leaves the rest out", () => {
  const warning = { level: "warn", message: "an instance ended", reason: "exit code 1" };
  const file = log({ level: "info", message: "request" }, warning, warning, {
    level: "info",
    message: "request",
  });
  expect(tellingLines(file, 5)).toEqual(["an instance ended: exit code 1"]);
});

it("shows a crash as it was written", () => {
  const file = log({ level: "info", message: "start" }, "Error: boom", "    at main");
  expect(tellingLines(file, 2)).toEqual(["Error: boom", "    at main"]);
});

it("shows the last lines where nothing was warned of, and none where there is no log", () => {
  expect(tellingLines(log({ level: "info", message: "a" }), 3)).toEqual([
    '{"level":"info","message":"a"}',
  ]);
  expect(tellingLines(join(directory, "none"), 3)).toEqual([]);
});
