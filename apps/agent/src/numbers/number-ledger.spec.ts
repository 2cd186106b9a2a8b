import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LedgerOptions, NumberLedger } from "./number-ledger.ts";

describe("a ledger of numbers", () => {
  let directory: string;
  let corrupt: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-ledger-"));
    corrupt = [];
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = async (more: Partial<LedgerOptions> = {}): Promise<NumberLedger> => {
    const ledger = new NumberLedger({
      what: "port",
      file: join(directory, "ports.json"),
      range: { first: 1, last: 3 },
      onCorrupt: (file) => corrupt.push(file),
      ...more,
    });
    await ledger.load();
    return ledger;
  };

  it("gives each holder one number, for life, and records it before it is used", async () => {
    const ledger = await open();
    expect(await Promise.all([ledger.take("a"), ledger.take("b"), ledger.take("a")])).toEqual([
      1, 2, 1,
    ]);
    const later = await open();
    expect(later.of("b")).toBe(2);
    expect(await later.take("b")).toBe(2);
  });

  it("uses a number again as late as possible", async () => {
    const ledger = await open();
    await ledger.take("a");
    await ledger.release("a");
    expect(await ledger.take("b")).toBe(2);
    const later = await open();
    expect(await later.take("c")).toBe(3);
    expect(await later.take("d")).toBe(1);
  });

  it("says that none is left, and passes over what something else uses", async () => {
    const ledger = await open({ isFree: (number) => Promise.resolve(number !== 2) });
    expect([await ledger.take("a"), await ledger.take("b")]).toEqual([1, 3]);
    await expect(ledger.take("c")).rejects.toThrow("every port from 1 to 3 is in use");
  });

  it("gives the very number that is asked for, unless somebody holds it, whom it names", async () => {
    const ledger = await open();
    expect(await ledger.take("gateway", 8080)).toBe(8080);
    await expect(ledger.take("other", 8080)).rejects.toThrow("port 8080 is held by gateway");
  });

  it("records nothing that it could not write", async () => {
    const ledger = await open({ file: join(directory, "missing", "ports.json") });
    await expect(ledger.take("a")).rejects.toThrow("ENOENT");
    expect(ledger.of("a")).toBeUndefined();
  });

  it("sets a broken file aside, names it, and takes numbers over from other records", async () => {
    await writeFile(join(directory, "ports.json"), "{");
    const ledger = await open();
    expect(corrupt).toHaveLength(1);
    expect(await readFile(corrupt[0] ?? "", "utf8")).toBe("{");
    await ledger.restore("a", 2);
    await ledger.restore("b", 2);
    expect([ledger.of("a"), ledger.of("b")]).toEqual([2, undefined]);
    expect((await readdir(directory)).length).toBe(2);
  });
});
