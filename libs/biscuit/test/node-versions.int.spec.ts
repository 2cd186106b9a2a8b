import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFor, samplesJson } from "./portable-bundle.ts";

/** Every Node on the path, and those that BASTIDE_NODES names: Node 20 is a host's own, Node 24 the workspace's. */
const folders = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "node"));
const named = (process.env["BASTIDE_NODES"] ?? "").split(delimiter);
const NODES = [
  ...new Set(
    [process.execPath, ...folders, ...named]
      .filter((file) => existsSync(file))
      .map((file) => realpathSync(file)),
  ),
];

const MAIN = `
import { readFileSync } from "node:fs";
import { run } from "./suite.mjs";
const samples = JSON.parse(readFileSync(new URL("samples.json", import.meta.url), "utf8"));
console.log(JSON.stringify({ version: process.versions.node, failures: await run(samples ?? undefined) }));
`;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biscuit-nodes-"));
  writeFileSync(join(folder, "suite.mjs"), await bundleFor("node"));
  writeFileSync(join(folder, "samples.json"), JSON.stringify(samplesJson() ?? null));
  writeFileSync(join(folder, "main.mjs"), MAIN);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("on every Node there is", () => {
  it.each(NODES)("%s passes the official samples and all that signs and verifies", async (node) => {
    const { stdout } = await promisify(execFile)(node, [join(folder, "main.mjs")], {
      timeout: 50_000,
    });
    const { version, failures } = JSON.parse(stdout) as { version: string; failures: string[] };
    expect(failures, `Node ${version}`).toEqual([]);
  });
});
