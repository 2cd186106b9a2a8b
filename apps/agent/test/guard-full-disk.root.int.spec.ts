import { execFile } from "node:child_process";
import { appendFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NodeMessage } from "@bastide/ha";
import { expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { GuardDisk } from "../src/guard/guard-disk.ts";
import { desk, drillAt, groupAround, storeInMemory, TestGuard, until } from "./guard.fixture.ts";

const run = promisify(execFile);

function fill(file: string): void {
  for (;;)
    try {
      appendFileSync(file, Buffer.alloc(4096));
    } catch {
      return;
    }
}

it("a guard on a full disk keeps what runs, votes for nobody, and stops what is to be stopped (as root: mounts a small file system)", async () => {
  const parent = await mkdtemp("/tmp/bastide-full-");
  await run("mount", ["-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", parent]);
  const ballast = join(parent, "ballast");
  const sent: NodeMessage[] = [];
  const votes = (): number =>
    sent.filter((one) => one.kind === "guard" && one.message.kind === "promise-answer").length;
  const ask = (guard: TestGuard, epoch: number): void =>
    guard.receive("b", {
      kind: "guard",
      message: { kind: "promise-ask", voters: ["a", "b"], lease: "drill", epoch },
    });
  try {
    // It beats nowhere: a program that writes would end on a full disk of its own accord.
    const drill = { ...drillAt(await freePort()), environmentVariables: {} };
    await using guard = await TestGuard.start(
      "a",
      groupAround(["a", "b"], drill),
      desk(storeInMemory()),
      (_from, _to, message) => void sent.push(message),
      undefined,
      parent,
    );
    await until("it runs", () => guard.state === "started");
    const disk = new GuardDisk(guard.directory);
    await until("its intents are saved", () => disk.intents().version === 1);
    const epoch = guard.epoch ?? 0;
    fill(ballast);

    ask(guard, epoch + 1);
    guard.apply(groupAround(["a", "b"], drill, { kind: "placed", node: "a" }, 2));
    const renewed = guard.renewals;
    await until("three lease times have passed", () => guard.renewals > renewed + 24);
    expect(guard.state).toBe("started");
    expect(votes()).toBe(0);
    expect(disk.intents().version).toBe(1);

    guard.apply(groupAround(["a", "b"], drill, { kind: "stopped" }, 3));
    await until("it stops", () => guard.state === "stopped");

    await rm(ballast);
    await until("what is wanted is saved", () => disk.intents().version === 3);
    ask(guard, epoch + 1);
    expect(votes()).toBe(1);
  } finally {
    await run("umount", ["-l", parent]);
    await rm(parent, { recursive: true });
  }
});
