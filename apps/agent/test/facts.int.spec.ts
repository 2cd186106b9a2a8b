import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { arch, hostname } from "node:os";
import type { NodeFacts } from "@bastide/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { Bench } from "./bench.fixture.ts";

const KINDS = ["mnt", "pid", "ipc", "uts", "user", "cgroup"];

/** An app that says what it is itself, as its kernel tells it. */
const MIRROR = `
  const { readFileSync, readlinkSync } = require("node:fs");
  const namespaces = () => Object.fromEntries(
    ${JSON.stringify(KINDS)}.map((kind) => [kind, readlinkSync("/proc/self/ns/" + kind)]),
  );
  require("node:http").createServer((request, response) => {
    const status = readFileSync("/proc/self/status", "utf8");
    response.end(JSON.stringify({ status, namespaces: namespaces() }));
  }).listen(process.env.PORT, process.env.HOST);
`;
const Seen = z.object({ status: z.string(), namespaces: z.record(z.string(), z.string()) });

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.make();
});
afterEach(() => bench.clear());

const field = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(text)?.[1];

/** The groups of a process, as proc(5) names them: by controller, and by "" for version 2. */
function groupsOf(pid: number | "self"): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [, controllers = "", ...path] = line.split(":");
      return controllers.split(",").map((name) => [name, path.join(":")] as const);
    }),
  );
}

/** By what a run is held to its limits, as the groups show that it is in. */
function limitedBy(controller: string, pid: number): string | undefined {
  const [run, own] = [groupsOf(pid), groupsOf("self")];
  if (run.has(controller) && run.get(controller) !== own.get(controller)) return "cgroup-v1";
  return run.get("") !== own.get("") && !run.has(controller) ? "cgroup-v2" : undefined;
}

async function reported(): Promise<{
  readonly facts: NodeFacts;
  readonly port: number;
  pid: number;
}> {
  const { controlPlane } = bench;
  const digest = await bench.artefact({ "server.js": MIRROR });
  const mirror = await bench.web({ artefact: { kind: "blob", digest } });
  controlPlane.run(mirror);
  bench.startAgent();
  const { address, pid } = await controlPlane.untilPhase(mirror.id, "ready");
  const facts = controlPlane.reports.at(-1)?.report.facts;
  if (!facts || !address || pid === undefined) throw new Error("the agent reports too little");
  return { facts, port: address.port, pid };
}

it("a node reports of itself what its machine is, and of its isolation what an instance finds itself in", async () => {
  const { facts, port, pid } = await reported();
  const cpus = readFileSync("/proc/cpuinfo", "utf8").match(/^processor\s*:/gm);
  const memoryKib = Number(field(readFileSync("/proc/meminfo", "utf8"), "MemTotal"));
  const devices = { "sev-snp": "/dev/sev-guest", tdx: "/dev/tdx_guest" };
  const encryption = Object.entries(devices).filter(([, device]) => existsSync(device));
  expect(facts).toMatchObject({
    hostname: hostname(),
    kernel: readFileSync("/proc/sys/kernel/osrelease", "utf8").trim(),
    arch: arch(),
    cpus: cpus?.length,
    memoryBytes: memoryKib * 1024,
    drivers: ["process"],
    memoryEncryption: encryption.map(([kind]) => kind),
  });
  expect(facts.diskFreeBytes).toBeGreaterThan(0);

  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const { status, namespaces } = Seen.parse(await answer.json());
  const own = KINDS.filter((kind) => namespaces[kind] !== readlinkSync(`/proc/self/ns/${kind}`));
  expect(facts.isolation.namespaces.toSorted()).toEqual(own.toSorted());
  expect(facts.isolation).toMatchObject({
    ownUid: field(status, "Uid") !== String(process.getuid?.()),
    seccomp: field(status, "Seccomp") === "2",
    noNewPrivileges: field(status, "NoNewPrivs") === "1",
    memoryLimit: limitedBy("memory", pid) ?? "rlimit",
    cpuLimit: limitedBy("cpu", pid) ?? "none",
  });
});
