import type { ObservedInstance } from "@bastide/contracts";
import { beforeEach, describe, expect, it } from "vitest";
import { keyOf } from "../targets/target.ts";
import { InstanceRegistry } from "./instance-registry.ts";
import { InstanceRow } from "./instance.row.ts";

const row = (id: string, node = "n1"): InstanceRow =>
  Object.assign(new InstanceRow(), {
    id,
    appId: "app",
    environmentId: "environment",
    releaseId: "release",
    generation: "generation",
    service: null,
    process: "web",
    node,
    observed: null,
  });

const observed = (id: string, change: Partial<ObservedInstance> = {}): ObservedInstance => ({
  id,
  phase: "ready",
  restarts: 0,
  promises: [],
  ...change,
});

let registry: InstanceRegistry;
beforeEach(() => {
  registry = new InstanceRegistry();
  registry.add([row("a"), row("b", "n2")]);
});

describe("InstanceRegistry", () => {
  it("names the targets that a report changes", () => {
    const { targets, changed } = registry.observe("n1", [observed("a")]);
    expect([...targets]).toEqual([keyOf({ appId: "app", environmentId: "environment" })]);
    expect(changed).toHaveLength(1);
  });

  it("does not take used memory for news", () => {
    registry.observe("n1", [observed("a", { memoryBytes: 1 })]);
    expect(registry.observe("n1", [observed("a", { memoryBytes: 2 })]).changed).toEqual([]);
    expect(registry.get("a")?.observed?.memoryBytes).toBe(2);
  });

  it("takes the first report for news even if it says what was recorded", () => {
    registry.add([Object.assign(row("c"), { observed: observed("c") })]);
    expect(registry.get("c")?.isReported).toBe(false);
    expect(registry.observe("n1", [observed("c")]).targets.size).toBe(1);
    expect(registry.get("c")?.isReported).toBe(true);
  });

  it("lets no node speak of another's instances, nor of unknown ones", () => {
    const { changed } = registry.observe("n1", [observed("b"), observed("c")]);
    expect(changed).toEqual([]);
    expect(registry.get("b")?.observed).toBeUndefined();
  });

  it("takes what a complete report leaves out for not running", () => {
    registry.observe("n1", [observed("a")]);
    expect(registry.unseen("n1", [])).toMatchObject([{ id: "a", phase: "preparing" }]);
    expect(registry.unseen("n1", [observed("a")])).toEqual([]);
  });

  it("tells of each instance that is added, until it is asked not to", () => {
    const added: string[] = [];
    const off = registry.onAdded(({ id }) => added.push(id));
    registry.add([row("c")]);
    off();
    registry.add([row("d")]);
    expect(added).toEqual(["c"]);
  });
});
