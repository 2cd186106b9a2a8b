import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Platform, until } from "../src/index.ts";
import { copyOf } from "./here.ts";

/** Both generations of both last known good states: the agent's, and the table of the gateway. */
const isLastKnownGood = (file: string): boolean =>
  ["current", "previous"].includes(basename(file)) &&
  ["stream", "table"].includes(basename(dirname(file)));

describe("damaged state (a platform of its own)", () => {
  let own: Platform;
  beforeAll(async () => {
    // A base domain of its own, which no resolver knows (RFC 6761 §6.2).
    own = await Platform.start({ baseDomain: "apps.test" });
  });
  afterAll(() => own.destroy());

  const filesBelow = async (directory: string): Promise<string[]> =>
    (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  it("config-stream files corrupted while it was down are set aside and named, and the apps come back", async () => {
    await using source = await copyOf("node-http");
    const { url } = await own.json<{ url: string }>(["deploy", source.path, "--app", "kept"]);
    expect(url).toBe(`http://kept.apps.test:${own.port}`);
    await own.down();
    const agent = join(own.home, "agent");
    const damaged = (await filesBelow(agent)).filter(isLastKnownGood);
    expect(new Set(damaged.map((file) => basename(dirname(file))))).toEqual(
      new Set(["stream", "table"]),
    );
    for (const file of damaged) await writeFile(file, "no such state");
    await own.up();
    await until("the app answers", async () => (await own.fetch("kept")).status === 200);
    expect((await Platform.at(own.home, own.port).fetch("kept")).status).toBe(404);
    const files = await filesBelow(agent);
    for (const file of damaged)
      expect(files.filter((name) => name.startsWith(`${file}.corrupt-`))).toHaveLength(1);
    const said = await readFile(join(own.home, "run/agent.log"), "utf8");
    expect(said).toContain("the last known good state was broken and is set aside");
    expect(said).toContain("current.corrupt-");
    const table = damaged.find((file) => basename(dirname(file)) === "table") ?? "";
    const gateway = await readFile(join(dirname(table), "../../logs/stdout.log"), "utf8");
    expect(gateway).toMatch(/table: corrupt-file.*table\/current\.corrupt-/);
  });
});
