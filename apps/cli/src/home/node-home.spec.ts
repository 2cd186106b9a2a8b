import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type NodeHome, readNodeHome, writeNodeHome } from "./node-home.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync("/tmp/node-home-");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const HOME: NodeHome = {
  format: 1,
  name: "server-2",
  url: "https://192.0.2.1:7443",
  listen: { host: "2001:db8::7", port: 7443 },
  ports: { first: 20_000, last: 29_999 },
  users: { first: 200_000, last: 209_999 },
};

it("what was written is read again", () => {
  writeNodeHome(directory, HOME);
  expect(readNodeHome(directory)).toEqual(HOME);
});

it("where no node was set up there is none, and a damaged file is said to be one", () => {
  expect(readNodeHome(directory)).toBeUndefined();
  writeFileSync(join(directory, "node.json"), '{"format": 1, "name": "n", "url": "u"}');
  expect(() => readNodeHome(directory)).toThrow(
    /node\.json is damaged: "listen" cannot be missing/,
  );
});
