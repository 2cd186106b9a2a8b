import { expect, it } from "vitest";
import type { Entry } from "../control/entry.ts";
import { HeldRevocations } from "./held-revocations.ts";

const entries = (...ids: string[]) =>
  new Map<string, Entry>([
    ...ids.map((id) => [`revocation/${id}`, { id }] as const),
    ["root-key/1", { id: 1, publicKey: "x" }] as const,
  ]);

it("frees an id that is missing for a second, and nothing that was back before", () => {
  let nowMs = 5;
  const held = new HeldRevocations(() => nowMs);
  const before = entries("a", "b");
  const keys = (read: ReturnType<typeof entries>) => [...held.hold(before, read).entries.keys()];
  expect(keys(entries("c"))).toEqual([
    "revocation/c",
    "root-key/1",
    "revocation/a",
    "revocation/b",
  ]);
  expect(held.hold(before, entries()).againMs).toBe(1_000);
  nowMs += 900;
  expect(keys(entries("a"))).toContain("revocation/b");
  nowMs += 100;
  expect(keys(entries())).toEqual(["root-key/1", "revocation/a"]);
  nowMs += 1_000;
  expect(held.hold(before, entries())).toEqual({ entries: entries() });
});
