import { describe, expect, it } from "vitest";
import { hostOf, instanceOf, instanceServerName, peerOf } from "./names.ts";

describe("peers", () => {
  it("are known by the one name in their certificate", () => {
    for (const peer of [
      { kind: "control" },
      { kind: "node", name: "server-2" },
      { kind: "gateway", name: "server-2" },
    ] as const)
      expect(peerOf({ subjectaltname: `DNS:${hostOf(peer)}` })).toEqual(peer);
  });

  it("are nobody with another name, with two, or with none", () => {
    for (const subjectaltname of [
      "",
      "DNS:control.example.org",
      "DNS:control.bastide.internal.example.org",
      "DNS:a.b.node.bastide.internal",
      "DNS:a.node.bastide.internal, DNS:control.bastide.internal",
      "IP Address:127.0.0.1",
    ])
      expect(peerOf({ subjectaltname })).toBeUndefined();
    expect(peerOf({})).toBeUndefined();
  });
});

it("an instance is found in the server name that asks for it, and in no other", () => {
  const id = "01a216e0-1af5-7e4e-9bea-8afa98bbb7f9";
  expect(instanceOf(instanceServerName(id))).toBe(id);
  expect(instanceOf("control.bastide.internal")).toBeUndefined();
  expect(instanceOf(`x.${instanceServerName(id)}`)).toBeUndefined();
});
