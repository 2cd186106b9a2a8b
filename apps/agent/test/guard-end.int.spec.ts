import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { desk, drillAt, groupAround, storeInMemory, TestGuard, until } from "./guard.fixture.ts";

it("a guard that ends lets a program end in its own way, for longer than a lease", async () => {
  const slow = {
    ...drillAt(await freePort()),
    program: "apps/agent/test/slow-end.fixture.ts",
    stopGraceMs: 20_000,
  };
  await using guard = await TestGuard.start(
    "a",
    groupAround(["a"], slow),
    desk(storeInMemory()),
    () => {},
  );
  await until("it runs", () => guard.state === "started");
  await guard.end(20_000);
  expect(existsSync(join(guard.directory, "services/drill/program/data/ended"))).toBe(true);
});
