import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { HaGroup } from "@bastide/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { desk, drillAt, groupAround, storeInMemory, TestGuard, until } from "./guard.fixture.ts";

const answersAt = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

describe("a service whose description changes while it runs", () => {
  let guard: TestGuard;
  let port: number;
  const described = (at: number, name = "program"): HaGroup =>
    groupAround(["a"], { ...drillAt(at), name });

  beforeEach(async () => {
    port = await freePort();
    guard = await TestGuard.start("a", described(port), desk(storeInMemory()), () => {});
    await guard.firstBeat();
  });
  afterEach(() => guard[Symbol.asyncDispose]());

  it("runs on, and is started by the new one when it has ended", async () => {
    const other = await freePort();
    guard.apply(described(other));
    const beats = join(guard.directory, "services/drill/program/data/beats");
    const pid = Number(readFileSync(beats, "utf8").split(" ")[0]);
    const count = guard.beats().length;
    await until("it runs on", () => guard.beats().length > count + 50);
    expect(await answersAt(port)).toBe(true);
    process.kill(pid, "SIGKILL");
    await until("it answers where it does now", () => answersAt(other));
    expect(await answersAt(port)).toBe(false);
  });

  it("is stopped, and started by its new name, when its program has another", async () => {
    guard.apply(described(port, "renamed"));
    await until("it runs by its new name", () => guard.stateOf("renamed") === "started");
    expect(guard.stateOf("program")).toBe("stopped");
  });

  it("runs on when it is described no more, and is stopped when that is said of it", async () => {
    const { services, ...others } = described(port);
    const absent = { ...others, services: [] };
    guard.apply(absent);
    const count = guard.beats().length;
    await until("it runs on", () => guard.beats().length > count + 50);
    expect(guard.state).toBe("started");
    const intents = {
      version: 2,
      intents: { drill: { service: "drill", desired: { kind: "stopped" }, id: "i2" } },
    } as const;
    guard.apply({ ...absent, intents });
    await until("it is stopped", () => guard.state === "stopped");
    expect(await answersAt(port)).toBe(false);
    // Described again it is taken up again, as any other.
    guard.apply({ ...others, services, intents: { ...others.intents, version: 3 } });
    await until("it runs again", () => guard.state === "started");
  });

  it("runs on when its guard is told what no node could start, which is said with what to do, and follows what is right", async () => {
    const { services, ...others } = described(port);
    const wanted = (kind: "started" | "stopped", version: number): HaGroup["intents"] => ({
      version,
      intents: { drill: { service: "drill", desired: { kind }, id: `i${version}` } },
    });
    const cyclic: HaGroup = {
      ...others,
      services: services.map((service) => ({
        ...service,
        resources: service.resources.map((one) => ({ ...one, after: [one.name] })),
      })),
      intents: wanted("stopped", 2),
    };
    // Told again, as its program does, it is no better.
    for (const _ of [1, 2])
      expect(() => guard.apply(cyclic)).toThrow(
        'its resources wait for each other: program → program; take one of these out of the "after"',
      );
    const count = guard.beats().length;
    await until("it runs on", () => guard.beats().length > count + 50);
    expect(guard.state).toBe("started");
    guard.apply({ ...others, services, intents: wanted("stopped", 3) });
    await until("it is stopped", () => guard.state === "stopped");
  });
});
