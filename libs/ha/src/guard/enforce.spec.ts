import { expect, test } from "vitest";
import { RecordingDriver } from "../testing/recording-driver.ts";
import { extendLawful, killUnlawful } from "./enforce.ts";

/** The guard of a node that holds these leases until then, by the boot time clock. */
const holding = (untilMs: Readonly<Record<string, number>>) => ({
  mayRun: (service: string, nowMs: number): boolean => nowMs < (untilMs[service] ?? 0),
  runUntilMs: (service: string): number | undefined => untilMs[service],
});

function running(...services: readonly string[]): RecordingDriver {
  const driver = new RecordingDriver();
  for (const service of services)
    driver.act(service, { kind: "start", resource: "app" }, { epoch: 7, untilMs: 1_000 });
  driver.done.length = 0;
  return driver;
}

test("what may not run is killed, and nothing else is touched", () => {
  const driver = running("db", "queue");
  killUnlawful(holding({ db: 1_000, queue: 2_000 }), driver, 1_000);
  expect(driver.done).toEqual(["kill db"]);
  expect(driver.underLease()).toEqual(["queue"]);
  killUnlawful(holding({ db: 1_000, queue: 2_000 }), driver, 1_500);
  expect(driver.done).toEqual(["kill db"]);
});

test("without a guard nothing under a lease may run", () => {
  const driver = running("db");
  killUnlawful(undefined, driver, 0);
  expect(driver.done).toEqual(["kill db"]);
});

test("what may run is told until when, and the node wakes when the first of it may not", () => {
  const driver = running("db", "queue");
  expect(extendLawful(holding({ db: 3_000, queue: 2_000, web: 1 }), driver, 0)).toBe(2_000);
  expect(extendLawful(holding({ db: 2_000, queue: 3_000 }), running("db", "queue"), 0)).toBe(2_000);
  expect(Object.fromEntries(driver.untilMs)).toEqual({ db: 3_000, queue: 2_000 });
  expect(extendLawful(holding({}), running(), 0)).toBe(Number.POSITIVE_INFINITY);
});
