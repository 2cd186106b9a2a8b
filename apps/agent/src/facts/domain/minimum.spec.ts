import type { IsolationFacts } from "@bastide/runtime";
import { expect, it } from "vitest";
import { hasMinimumIsolation } from "./minimum.ts";

const least: IsolationFacts = {
  ownUid: true,
  namespaces: ["mnt", "pid", "ipc"],
  seccomp: true,
  noNewPrivileges: true,
  noCapabilities: true,
  memoryLimit: "cgroup-v1",
  cpuLimit: "cgroup-v1",
  processLimit: "cgroup-v2",
  missing: [],
};

it("meets the minimum with all of it together", () => {
  expect(hasMinimumIsolation(least)).toBe(true);
});

it.each<Partial<IsolationFacts>>([
  { ownUid: false },
  { namespaces: ["mnt", "pid"] },
  { seccomp: false },
  { noNewPrivileges: false },
  { noCapabilities: false },
  { memoryLimit: "rlimit" },
  { cpuLimit: "none" },
  { processLimit: "rlimit" },
])("does not with %o", (weaker) => {
  expect(hasMinimumIsolation({ ...least, ...weaker })).toBe(false);
});
