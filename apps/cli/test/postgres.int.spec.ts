import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "pg";
import { isAlive } from "../src/machine/process-identity.ts";
import { findUser, isRoot, ownUser } from "../src/machine/user.ts";
import { type Cluster, prepareSocketDirectory } from "../src/postgres/cluster.ts";
import { ensureCluster } from "../src/postgres/create.ts";
import {
  choosePostgres,
  installedPostgres,
  type PostgresBinaries,
} from "../src/postgres/locate.ts";
import {
  type PostgresServer,
  runningServer,
  startServer,
  stopServer,
} from "../src/postgres/server.ts";

const installation = new URL("../../..", import.meta.url).pathname;
const found = installedPostgres(installation);
const directories: string[] = [];
const servers: PostgresServer[] = [];

function clusterIn(home: string, binaries: PostgresBinaries): Cluster {
  const user = isRoot() ? (findUser("postgres") ?? findUser("nobody") ?? ownUser()) : ownUser();
  return {
    binaries,
    dataDirectory: join(home, "postgres"),
    socketDirectory: prepareSocketDirectory(home, user),
    logFile: join(home, "postgres.log"),
    locale: "C.UTF-8",
    user,
  };
}

function temporary(mode: number): string {
  const directory = mkdtempSync("/tmp/bastide-postgres-");
  chmodSync(directory, mode);
  directories.push(directory);
  return directory;
}

async function start(cluster: Cluster): Promise<PostgresServer> {
  const server = await startServer(cluster);
  servers.push(server);
  return server;
}

async function query(server: PostgresServer, password: string, sql: string): Promise<unknown[]> {
  const client = new Client({
    host: server.socketDirectory,
    user: "bastide",
    database: "bastide",
    password,
  });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const server of servers.splice(0)) await stopServer(server);
  for (const directory of directories.splice(0))
    rmSync(directory, { recursive: true, force: true });
});

describe.each(
  found.map((binaries) => [`${binaries.engine} PostgreSQL ${binaries.major}`, binaries] as const),
)("%s", (_, binaries) => {
  it.each([
    ["a directory that others may enter", 0o755],
    ["a directory that others may not enter (root shows it in a mount namespace)", 0o700],
  ])("is made, started, adopted and stopped in %s", async (_name, mode) => {
    const cluster = clusterIn(temporary(mode), binaries);
    expect(await ensureCluster(cluster, "a-password")).toBe(true);
    expect(await ensureCluster(cluster, "a-password")).toBe(false);
    const first = await start(cluster);
    expect(first.adopted).toBe(false);
    await query(first, "a-password", "create table kept (n int)");
    await query(first, "a-password", "insert into kept values (1)");
    const second = await startServer(cluster);
    expect(second).toEqual({ ...first, adopted: true });
    await stopServer(second);
    expect(isAlive(first.process)).toBe(false);
    expect(runningServer(cluster.dataDirectory)).toBeUndefined();
    const again = await start(cluster);
    expect(await query(again, "a-password", "select n from kept")).toEqual([{ n: 1 }]);
  });
});

it("refuses a wrong password and listens on no port", async () => {
  const cluster = clusterIn(temporary(0o755), choosePostgres(found));
  await ensureCluster(cluster, "right");
  const server = await start(cluster);
  await expect(query(server, "wrong", "select 1")).rejects.toThrow(
    /password authentication failed/,
  );
  expect(await query(server, "right", "show listen_addresses")).toEqual([{ listen_addresses: "" }]);
  expect(await query(server, "right", "show fsync")).toEqual([{ fsync: "on" }]);
});

it("replaces what an interrupted creation left", async () => {
  const home = temporary(0o755);
  const cluster = clusterIn(home, choosePostgres(found));
  const broken = { ...cluster, locale: "no_SUCH.locale" };
  await expect(ensureCluster(broken, "x")).rejects.toThrow(/initdb ended with 1/);
  expect(existsSync(cluster.dataDirectory)).toBe(false);
  expect(await ensureCluster(cluster, "x")).toBe(true);
  expect(statSync(cluster.dataDirectory).mode & 0o777).toBe(0o700);
});

it("does not take a stranger's process for the server that a stale postmaster.pid names", async () => {
  const cluster = clusterIn(temporary(0o755), choosePostgres(found));
  await ensureCluster(cluster, "x");
  const server = await start(cluster);
  const file = readFileSync(join(cluster.dataDirectory, "postmaster.pid"), "utf8");
  await stopServer(server);
  const stranger = spawn("sleep", ["60"]);
  try {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(
      join(cluster.dataDirectory, "postmaster.pid"),
      file.replace(/^\d+/, String(stranger.pid)),
    );
    expect(runningServer(cluster.dataDirectory)).toBeUndefined();
  } finally {
    stranger.kill();
  }
});

it("says why a server does not start, with its last lines", async () => {
  const cluster = clusterIn(temporary(0o755), choosePostgres(found));
  await ensureCluster(cluster, "x");
  rmSync(join(cluster.dataDirectory, "global"), { recursive: true });
  await expect(startServer(cluster)).rejects.toMatchObject({
    message: expect.stringMatching(/did not start/),
    details: expect.arrayContaining([expect.stringMatching(/FATAL|PANIC|could not/)]),
  });
});
