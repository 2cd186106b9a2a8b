import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

interface ProjectGraph {
  nodes: Record<string, { data: { root: string; tags?: string[] } }>;
  dependencies: Record<string, { target: string }[]>;
}

/** What each kind of project may depend on; the picture in ARCHITECTURE.md, as data. */
const MAY_DEPEND_ON: Record<string, readonly string[]> = {
  "type:core": ["type:core"],
  "type:contract": [],
  "type:adapter": ["type:core", "type:contract", "type:adapter"],
  "type:app": ["type:core", "type:contract", "type:adapter"],
  "type:infra": ["type:contract"],
  "type:e2e": ["type:core", "type:contract", "type:adapter", "type:e2e"],
};

const nx = join(import.meta.dirname, "../node_modules/.bin/nx");
const file = join(mkdtempSync(join(tmpdir(), "nx-")), "graph.json");
execFileSync(nx, ["graph", `--file=${file}`], {
  stdio: "ignore",
  env: { ...process.env, NX_DAEMON: "false" },
});
const { graph }: { graph: ProjectGraph } = JSON.parse(readFileSync(file, "utf8"));
const typeOf = (name: string) =>
  graph.nodes[name]?.data.tags?.filter((tag) => tag.startsWith("type:")) ?? [];
const projects = Object.keys(graph.nodes).filter((name) => graph.nodes[name]?.data.root !== ".");

it.each(projects)("%s has one known type", (name) => {
  expect(typeOf(name)).toHaveLength(1);
  expect(Object.keys(MAY_DEPEND_ON)).toContain(typeOf(name)[0]);
});

it.each(projects)("%s depends only on what its type may", (name) => {
  const allowed = MAY_DEPEND_ON[typeOf(name)[0] ?? ""] ?? [];
  const broken = (graph.dependencies[name] ?? [])
    .map((edge) => edge.target)
    .filter((target) => target in graph.nodes && !typeOf(target).every((t) => allowed.includes(t)));
  expect(broken).toEqual([]);
});
