import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BadAnswer,
  parseAuthentication,
  parseLeaseGrant,
  parseRefusal,
  parseTransaction,
  parseWatch,
} from "./answers.ts";
import { base64, type Transaction } from "./messages.ts";

const asked: Transaction = {
  compare: [{ kind: "revision", key: "k", revision: "4" }],
  success: [
    { kind: "get", key: "k" },
    { kind: "put", key: "k", value: "v" },
  ],
  failure: [{ kind: "delete", key: "k" }],
};
const header = { cluster_id: "11", member_id: "12", revision: "13", raft_term: "14" };
const kv = { key: base64("k"), value: base64("é"), mod_revision: "9", create_revision: "9" };
const put = { response_put: { header: { revision: "13" } } };
const answer = {
  header,
  succeeded: true,
  responses: [{ response_range: { kvs: [kv], count: "1" } }, put],
};
const news = { result: { header, events: [{ type: "PUT", kv }] } };

const parsers: readonly ((text: string) => unknown)[] = [
  (text) => parseTransaction(text, asked),
  (text) => parseLeaseGrant(text, 3),
  parseAuthentication,
  (text) => parseWatch(text, "k"),
  parseRefusal,
];

/** What a parser makes of a text: a value, or undefined when it refused in the one way that it may. */
function made(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof BadAnswer) return undefined;
    throw error;
  }
}

/** The JSON value with what lies at one of its places replaced, or taken out. */
function damaged(value: unknown, at: number, by: unknown): unknown {
  let place = 0;
  const walk = (node: unknown): unknown => {
    const isHere = place++ === at;
    if (isHere) return by;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
  };
  return walk(value);
}

describe("answers of etcd", () => {
  it("takes an answer as etcd 3.4 gives it", () => {
    expect(parseTransaction(JSON.stringify(answer), asked)).toEqual({
      raftTerm: 14n,
      body: { succeeded: true, values: [{ value: "é", revision: "9" }, undefined] },
    });
  });

  it("takes what proto3 leaves out for false and for nothing", () => {
    const failed = { header, responses: [{ response_delete_range: {} }] };
    expect(parseTransaction(JSON.stringify(failed), asked).body).toEqual({
      succeeded: false,
      values: [undefined],
    });
    const absent = { header, succeeded: true, responses: [{ response_range: {} }, put] };
    expect(parseTransaction(JSON.stringify(absent), asked).body.values).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    ["another branch's operations", { header, responses: answer.responses }],
    ["an operation too few", { ...answer, responses: answer.responses.slice(1) }],
    ["operations in another order", { ...answer, responses: answer.responses.toReversed() }],
    ["a term of zero", { ...answer, header: { ...header, raft_term: "0" } }],
    ["a term beyond 64 bits", { ...answer, header: { ...header, raft_term: "9".repeat(21) } }],
    ["no header", { succeeded: true, responses: answer.responses }],
    ["bytes that are not UTF-8", damaged(answer, 9, "/w==")],
  ])("refuses an answer with %s", (_, bad) => {
    expect(() => parseTransaction(JSON.stringify(bad), asked)).toThrow(BadAnswer);
  });

  it("refuses a lease that lives shorter than asked, or that etcd calls an error", () => {
    const lease = { header, ID: "7", TTL: "3" };
    expect(parseLeaseGrant(JSON.stringify(lease), 3).body).toBe("7");
    expect(() => parseLeaseGrant(JSON.stringify(lease), 4)).toThrow(/3 s where 4 s/);
    expect(() => parseLeaseGrant(JSON.stringify({ ...lease, error: "no" }), 3)).toThrow(BadAnswer);
  });

  it("refuses news of another key, of a watch that was cancelled, and errors", () => {
    expect(parseWatch(JSON.stringify(news), "k").body.events).toEqual([
      { kind: "put", value: "é" },
    ]);
    expect(() => parseWatch(JSON.stringify(news), "other")).toThrow(BadAnswer);
    const cancelled = { result: { header, canceled: true, compact_revision: "9" } };
    expect(() => parseWatch(JSON.stringify(cancelled), "k")).toThrow(BadAnswer);
    expect(() => parseWatch('{"error":{"grpc_code":14}}', "k")).toThrow(BadAnswer);
  });

  it("keeps a stranger's words short and on one line", () => {
    const { message } = parseRefusal(
      JSON.stringify({ code: 2, message: `a\n\u001b[31m${"b".repeat(500)}` }),
    );
    expect(message.length).toBeLessThan(90);
    expect(message).toMatch(/^\P{Cc}*$/u);
  });
});

describe("answers of anybody", () => {
  it("ends in a value or in BadAnswer for every text", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.json());
    fc.assert(
      fc.property(texts, (text) => {
        for (const parse of parsers) expect(() => made(parse, text)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it("never takes a damaged answer for a decision that differs in kind from what was asked", () => {
    const places = fc.nat(30);
    fc.assert(
      fc.property(places, fc.oneof(fc.jsonValue(), fc.constant(undefined)), (at, by) => {
        const text = JSON.stringify(damaged(answer, at, by)) ?? "";
        const result = made((read) => parseTransaction(read, asked), text);
        if (result === undefined) return;
        const { raftTerm, body } = parseTransaction(text, asked);
        expect(raftTerm).toBeGreaterThan(0n);
        expect(body.values).toHaveLength(body.succeeded ? 2 : 1);
        for (const value of body.values) expect(value?.revision ?? "1").toMatch(/^[1-9]\d*$/);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads no half of an answer as a whole one", () => {
    for (const whole of [JSON.stringify(answer), JSON.stringify(news)])
      for (let length = 0; length < whole.length; length += 1)
        for (const parse of parsers) expect(made(parse, whole.slice(0, length))).toBeUndefined();
  });
});
