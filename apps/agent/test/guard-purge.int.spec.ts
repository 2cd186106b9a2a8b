import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { Runs } from "../src/guard/runs.ts";
import {
  desk,
  drillAt,
  groupAround,
  INSTALLATION,
  silent,
  storeInMemory,
  TestGuard,
  until,
} from "./guard.fixture.ts";

const PURGED = { kind: "stopped", purge: true } as const;

it("a service that is purged is stopped, then what it left goes; a start begins with nothing", async () => {
  const drill = drillAt(await freePort());
  const told = (version: number, desired: Parameters<typeof groupAround>[2]) =>
    groupAround(["a"], drill, desired, version);
  await using guard = await TestGuard.start(
    "a",
    told(1, { kind: "started" }),
    desk(storeInMemory()),
    () => {},
  );
  await guard.firstBeat();
  const services = join(guard.directory, "services");
  writeFileSync(join(services, "drill/program/data/kept"), "of the first life");

  guard.apply(told(2, { kind: "stopped" }));
  await until("it stopped", () => guard.state === "stopped");
  expect(existsSync(join(services, "drill/program/data/kept"))).toBe(true);

  guard.apply(told(3, { kind: "started" }));
  await until("it runs again", () => guard.state === "started");
  guard.apply(told(4, PURGED));
  await until("nothing of it is left", () => readdirSync(services).length === 0);
  expect(guard.state).toBe("stopped");

  guard.apply(told(5, { kind: "started" }));
  await until("it runs anew", () => guard.state === "started");
  expect(existsSync(join(services, "drill/program/data/kept"))).toBe(false);
  await guard.firstBeat();
});

it("what a guard that was killed left half removed goes with the next one", async () => {
  await using guard = await TestGuard.start(
    "a",
    { ...groupAround(["b"], drillAt(await freePort())), services: [] },
    desk(storeInMemory()),
    () => {},
  );
  const services = join(guard.directory, "services");
  mkdirSync(join(services, ".drill-0.purged/program/data"), { recursive: true });
  mkdirSync(join(services, "other/program/data"), { recursive: true });
  void new Runs({
    directory: guard.directory,
    installation: INSTALLATION,
    node: "a",
    host: () => "127.0.0.1",
    journal: silent,
    onChange: () => {},
  });
  await until("it is gone", () => readdirSync(services).length === 1);
  expect(readdirSync(services)).toEqual(["other"]);
});
