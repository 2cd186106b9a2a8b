import { existsSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { ProcessDriver } from "../src/index.ts";
import { findHierarchies } from "../src/process/hierarchies.ts";
import { Workspace } from "../src/testing/index.ts";

const GROUP = `bastide-leave-${process.pid}`;
const workspace = new Workspace();
afterAll(() => workspace.remove());

it("leaves no control group behind, but keeps one with somebody's run in it (needs root)", async () => {
  const [driver, other] = [GROUP, GROUP].map((controlGroup) => new ProcessDriver({ controlGroup }));
  if (driver === undefined || other === undefined) throw new Error("two drivers were made");
  const handle = await other.start(workspace.shell("sleep 60"));
  const directories = (await findHierarchies(GROUP)).map(({ directory }) => directory);
  expect(directories.length).toBeGreaterThan(0);
  await driver.fingerprint();
  await driver.leave();
  expect(directories.filter((directory) => !existsSync(directory))).toEqual([]);
  await other.stop(handle, 1000);
  await other.release(handle);
  await other.leave();
  expect(directories.filter((directory) => existsSync(directory))).toEqual([]);
});
