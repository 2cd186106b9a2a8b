import type { InstanceSpec } from "@bastide/contracts";
import { expect, it } from "vitest";
import { instancesOfKeys, NodeStreams } from "./node-streams.ts";

const ORIGIN = { history: "01990000-0000-7000-8000-000000000001", epoch: 1 };

const spec = (id: string): InstanceSpec => ({
  id,
  organisation: "acme",
  project: "web",
  app: "shop",
  environment: "production",
  process: "web",
  release: "v1",
  artefact: { kind: "blob", digest: `sha256:${"0".repeat(64)}` },
  command: ["true"],
  environmentVariables: {},
  files: {},
  listens: true,
  promises: [],
  limits: { memoryBytes: 1, cpuMillis: 1, processes: 1, openFiles: 1 },
  stopGraceMs: 1,
  state: "running",
});

it("an instance has left when its node acknowledged its tombstone, not before, and until that is on record", () => {
  const streams = new NodeStreams(ORIGIN);
  streams.run([{ node: "n1", spec: spec("a") }]);
  const before = streams.source("n1").version;
  streams.stop([{ id: "a", node: "n1" }]);
  expect(streams.acknowledge("n1", before)).toEqual([]);
  expect(streams.acknowledge("n1", streams.source("n1").version)).toEqual(["a"]);
  expect(streams.acknowledge("n1", streams.source("n1").version)).toEqual(["a"]);
  streams.dismissed("n1", ["a"]);
  expect(streams.acknowledge("n1", streams.source("n1").version)).toEqual([]);
});

it("each node gets its own instances", () => {
  const streams = new NodeStreams(ORIGIN);
  streams.run([
    { node: "n1", spec: spec("a") },
    { node: "n2", spec: spec("b") },
  ]);
  expect([...streams.source("n1").entries().keys()]).toEqual(["instance/a"]);
  expect([...streams.source("n2").entries().keys()]).toEqual(["instance/b"]);
});

it("a stop is remembered from its first version, however often it is said", () => {
  const streams = new NodeStreams(ORIGIN);
  streams.stop([{ id: "a", node: "n1" }]);
  const { version } = streams.source("n1");
  streams.run([{ node: "n1", spec: spec("b") }]);
  streams.stop([{ id: "a", node: "n1" }]);
  expect(streams.acknowledge("n1", version)).toEqual(["a"]);
});

it("keys of other kinds name no instance", () => {
  expect(instancesOfKeys(["instance/a", "route/b", "instance/"])).toEqual(["a"]);
});
