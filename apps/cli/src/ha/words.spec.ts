import type { HaStatus } from "@bastide/contracts";
import { expect, it } from "vitest";
import { eventText } from "./follow-services.ts";
import { notesOf, servicesText, storeLines } from "./show-services.ts";

it("shows where a service runs, under which epoch, and what is only remembered", () => {
  const text = servicesText([
    {
      name: "drill",
      summary: "a drill",
      topology: { kind: "failover" },
      desired: { kind: "placed", node: "n2" },
      candidates: ["n1", "n2"],
      instances: [
        { node: "n2", state: "started", epoch: 7, isStale: false },
        { node: "n1", state: "started", epoch: 6, isStale: true },
      ],
    },
    {
      name: "pair",
      summary: "two",
      topology: { kind: "flex", min: 1, target: 2, max: 2 },
      candidates: [],
      instances: [],
    },
  ]);
  expect(text).toContain("on n2");
  expect(text).toContain("n2 (epoch 7), n1 (epoch 6, when last heard of)");
  expect(text).toContain("never started");
});

it("says below the table what is to be known of a service", () => {
  const service: HaStatus = {
    name: "drill",
    summary: "a drill",
    topology: { kind: "failover" },
    desired: { kind: "started" },
    candidates: ["n1"],
    instances: [],
  };
  const note = "no node takes drill, and it runs as soon as one does. n1 is cordoned";
  expect(notesOf([service, { ...service, note }])).toEqual([`drill: ${note}`]);
});

it("says of a lease store that cannot be used what is wrong and what to do, and nothing of one that can", () => {
  const message = "etcd gave no answer that counts. To do: see whether it is etcd.";
  expect(storeLines({ kind: "etcd", isUsable: false, message }).join("\n")).toContain(message);
  expect(storeLines({ kind: "etcd", isUsable: true })).toEqual([]);
  expect(storeLines(undefined)).toEqual([]);
});

it("tells an event in one line", () => {
  const event = { at: "2026-11-26T12:00:00.000Z", service: "drill", what: "started" };
  expect(eventText({ ...event, node: "n2", epoch: 7 })).toBe(
    "2026-11-26T12:00:00.000Z drill started on n2 under epoch 7",
  );
  expect(eventText({ ...event, what: "stop" })).toBe("2026-11-26T12:00:00.000Z drill stop");
});
