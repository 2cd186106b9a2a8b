import type { IsolationFacts } from "@bastide/runtime";

/** What every instance gets where the agent is root: less is a failure, and not a fact to live with. */
const NAMESPACES = ["mnt", "pid", "ipc"];

export function hasMinimumIsolation(facts: IsolationFacts): boolean {
  const limits = [facts.memoryLimit, facts.cpuLimit, facts.processLimit];
  return (
    facts.ownUid &&
    facts.seccomp &&
    facts.noNewPrivileges &&
    facts.noCapabilities &&
    NAMESPACES.every((kind) => facts.namespaces.includes(kind)) &&
    limits.every((mechanism) => mechanism.startsWith("cgroup"))
  );
}
