import { expect, it } from "vitest";
import { transactionMessage, watchMessage } from "./messages.ts";

it("writes a transaction as etcd's gateway reads it", () => {
  const text = transactionMessage({
    compare: [
      { kind: "revision", key: "k", revision: "0" },
      { kind: "value", key: "k", value: "é" },
    ],
    success: [
      { kind: "put", key: "k", value: "v", leaseId: "7" },
      { kind: "delete", key: "k" },
    ],
    failure: [{ kind: "get", key: "k" }],
  });
  expect(JSON.parse(text)).toEqual({
    compare: [
      { key: "aw==", target: "MOD", result: "EQUAL", mod_revision: "0" },
      { key: "aw==", target: "VALUE", result: "EQUAL", value: "w6k=" },
    ],
    success: [
      { request_put: { key: "aw==", value: "dg==", lease: "7" } },
      { request_delete_range: { key: "aw==" } },
    ],
    failure: [{ request_range: { key: "aw==" } }],
  });
});

it("never asks a watch for what was before", () => {
  expect(JSON.parse(watchMessage("k"))).toEqual({ create_request: { key: "aw==" } });
});
