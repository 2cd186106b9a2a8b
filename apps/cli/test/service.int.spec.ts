import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import {
  endProcess,
  isAlive,
  type ProcessIdentity,
  signalProcess,
} from "../src/machine/process-identity.ts";
import { launch } from "../src/supervisor/launch.ts";
import { Service } from "../src/supervisor/service.ts";

const directory = mkdtempSync("/tmp/bastide-service-");
const services: Service[] = [];
const seen: ProcessIdentity[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
  if (seen.splice(0).some(isAlive)) throw new Error("a program outlived its service");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function serviceOf(script: string): { service: Service; said: string[]; logFile: string } {
  const logFile = join(directory, `${services.length}-${Date.now()}.log`);
  const said: string[] = [];
  const service = new Service(
    {
      name: "thing",
      logFile,
      async start() {
        const launched = await launch({
          command: ["/bin/sh", "-c", script],
          environment: {},
          logFile,
        });
        seen.push(launched.process);
        return launched;
      },
      stop: (process) => endProcess(process, "SIGTERM", 2_000),
    },
    (text) => said.push(text),
    () => {},
  );
  services.push(service);
  return { service, said, logFile };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("the condition did not come true in 30 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it("starts a killed program again at once, and says why with its last lines", async () => {
  const { service, said } = serviceOf("echo hello from $$; exec sleep 60");
  await service.start();
  const [first] = seen;
  if (first === undefined) throw new Error("nothing was started");
  await until(() => readFileSync(service.spec.logFile, "utf8").includes("hello"));
  signalProcess(first, "SIGKILL");
  await until(() => seen.length === 2);
  expect(service.status).toMatchObject({ restarts: 1, pid: seen[1]?.pid });
  expect(said.join()).toMatch(
    /thing ended \(killed by SIGKILL\); starting it again now\.\n {4}hello from/,
  );
});

it("waits longer and longer between starts of a program that ends at once", async () => {
  const { service, said } = serviceOf("echo no; exit 3");
  await service.start();
  await until(() => said.length >= 4);
  expect(said.map((text) => /again (.*)\.\n/.exec(text)?.[1]).slice(0, 4)).toEqual([
    "now",
    "in 0.3 s",
    "in 0.5 s",
    "in 1.0 s",
  ]);
  expect(said[0]).toContain("exit code 3");
});

it("does not start again what it was told to stop, not even during a pause", async () => {
  const { service, said } = serviceOf("exit 1");
  await service.start();
  await until(() => said.length >= 2);
  await service.stop();
  const [count, told] = [seen.length, said.length];
  expect(service.isRunning).toBe(false);
  // Another one that ends as often has begun a third time by the time at which this one would have.
  const { service: witness } = serviceOf("exit 1");
  await witness.start();
  await until(() => seen.length >= count + 4);
  await witness.stop();
  expect(said).toHaveLength(told);
});
