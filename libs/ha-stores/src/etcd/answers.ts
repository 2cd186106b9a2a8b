import { z } from "zod";
import type { Operation, Transaction } from "./messages.ts";

/** What etcd answered is not what its API has; nothing of it is believed. */
export class BadAnswer extends Error {
  override readonly name = "BadAnswer";
}

export interface KeyValue {
  readonly value: string;
  /** Opaque here: only ever compared with, at etcd. */
  readonly revision: string;
}

export interface TransactionAnswer {
  readonly succeeded: boolean;
  /** One entry per operation of the branch that was taken; undefined for a key that is not there, and for writes. */
  readonly values: readonly (KeyValue | undefined)[];
}

export interface Answer<T> {
  readonly raftTerm: bigint;
  readonly body: T;
}

export type WatchEvent =
  | { readonly kind: "put"; readonly value: string }
  | { readonly kind: "delete" };

export interface WatchAnswer {
  readonly isCreated: boolean;
  readonly events: readonly WatchEvent[];
}

// proto3 JSON leaves out what is zero, false or empty: `.default` says where that may be so. A header, a revision and
// a term are never zero in an answer that succeeded.
const uint64 = z.string().regex(/^[1-9]\d{0,19}$/);
const int64 = z.string().regex(/^[1-9]\d{0,18}$/);
const bytes = z.base64().transform((text, context) => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
  } catch {
    context.addIssue({ code: "custom", message: "is not UTF-8" });
    return z.NEVER;
  }
});
const header = z.object({
  cluster_id: uint64,
  member_id: uint64,
  revision: int64,
  raft_term: uint64,
});
const keyValue = z.object({
  key: bytes,
  value: bytes.default(""),
  mod_revision: int64,
});
const operationAnswer = z.object({
  response_range: z.object({ kvs: z.array(keyValue).max(1).default([]) }).nullish(),
  response_put: z.object({}).nullish(),
  response_delete_range: z.object({}).nullish(),
});
const transaction = z.object({
  header,
  succeeded: z.boolean().default(false),
  responses: z.array(operationAnswer).max(16).default([]),
});
const leaseGrant = z.object({
  header,
  ID: int64,
  TTL: int64,
  error: z.literal("").optional(),
});
const authentication = z.object({ header, token: z.string().min(1).max(8192) });
const watchEvent = z.object({
  type: z.enum(["PUT", "DELETE"]).default("PUT"),
  kv: z.object({ key: bytes, value: bytes.default("") }),
});
const watch = z.object({
  result: z.object({
    header,
    created: z.boolean().default(false),
    canceled: z.literal(false).optional(),
    events: z.array(watchEvent).default([]),
  }),
});
const refusal = z.object({
  code: z.int().default(0),
  message: z.string().optional(),
  error: z.string().optional(),
});

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BadAnswer(`no JSON: ${quoted(text)}`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw new BadAnswer(`JSON that its API does not have: ${path || "it"}: ${issue?.message ?? ""}`);
}

/** The beginning of what a stranger sent, fit for a message. */
const quoted = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

type OperationAnswer = z.infer<typeof operationAnswer>;

const FIELDS = {
  get: "response_range",
  put: "response_put",
  delete: "response_delete_range",
} as const;

function answerTo(
  { kind, key }: Operation,
  answer: OperationAnswer | undefined,
): KeyValue | undefined {
  if (!answer?.[FIELDS[kind]]) throw new BadAnswer(`no answer to the ${kind} of ${key}`);
  const found = kind === "get" ? answer.response_range?.kvs[0] : undefined;
  if (found === undefined) return undefined;
  if (found.key !== key) throw new BadAnswer(`the key ${quoted(found.key)} instead of ${key}`);
  return { value: found.value, revision: found.mod_revision };
}

/** Throws BadAnswer unless `text` answers every operation of one branch of `asked`, and nothing else. */
export function parseTransaction(text: string, asked: Transaction): Answer<TransactionAnswer> {
  const { header: head, succeeded, responses } = parsed(transaction, text);
  const branch = succeeded ? asked.success : asked.failure;
  if (responses.length !== branch.length)
    throw new BadAnswer(`${responses.length} answers to ${branch.length} operations`);
  if (!succeeded && asked.compare.length === 0)
    throw new BadAnswer("that a comparison failed, where nothing was to be compared");
  const values = branch.map((operation, index) => answerTo(operation, responses[index]));
  return { raftTerm: BigInt(head.raft_term), body: { succeeded, values } };
}

/** The id of the granted lease. Throws BadAnswer when it lives shorter than asked. */
export function parseLeaseGrant(text: string, ttlSeconds: number): Answer<string> {
  const { header: head, ID, TTL } = parsed(leaseGrant, text);
  if (BigInt(TTL) < BigInt(ttlSeconds))
    throw new BadAnswer(`a lease of ${TTL} s where ${ttlSeconds} s were asked for`);
  return { raftTerm: BigInt(head.raft_term), body: ID };
}

export function parseAuthentication(text: string): Answer<string> {
  const { header: head, token } = parsed(authentication, text);
  return { raftTerm: BigInt(head.raft_term), body: token };
}

/** One line of a watch of `key`. Throws BadAnswer for all that is not news of that key: cancelled watches too. */
export function parseWatch(line: string, key: string): Answer<WatchAnswer> {
  const { header: head, created, events } = parsed(watch, line).result;
  const other = events.find((event) => event.kv.key !== key);
  if (other !== undefined) throw new BadAnswer(`news of the key ${quoted(other.kv.key)}`);
  const news = events.map(({ type, kv }): WatchEvent =>
    type === "PUT" ? { kind: "put", value: kv.value } : { kind: "delete" },
  );
  return { raftTerm: BigInt(head.raft_term), body: { isCreated: created, events: news } };
}

export interface Refusal {
  /** A gRPC status code. */
  readonly code: number;
  readonly message: string;
}

/** What an answer with another status than 200 says; throws BadAnswer when it is none of etcd's. */
export function parseRefusal(text: string): Refusal {
  const { code, message, error } = parsed(refusal, text);
  return { code, message: quoted(message ?? error ?? "").slice(1, -1) };
}
