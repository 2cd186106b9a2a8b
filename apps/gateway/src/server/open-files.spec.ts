import { expect, it } from "vitest";
import { connectionsFor } from "./open-files.ts";

it("allows half of the process's open files, less some for itself", () => {
  const limits = "Limit     Soft Limit  Hard Limit  Units\nMax open files   4096   20000   files\n";
  expect(connectionsFor(limits)).toBe(1998);
});

it("knows nothing where there is no limit or no such file", () => {
  expect(connectionsFor("Max open files   unlimited   unlimited   files\n")).toBeUndefined();
  expect(connectionsFor("")).toBeUndefined();
});
