import {
  applyDecorators,
  HttpCode,
  RequestMapping,
  RequestMethod,
  UseInterceptors,
} from "@nestjs/common";
import type { Endpoint as Contract, PathParameters } from "@bastide/contracts";
import type { Readable } from "node:stream";
import type { z } from "zod";
import { AnswerInterceptor } from "./answer.interceptor.ts";
import type { CallState } from "./call.ts";
import { Handler } from "./handler-metadata.ts";

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** One authorised and validated request of an endpoint, as its handler gets it by `@Call()`. */
export interface CallOf<E extends Contract> extends CallState {
  readonly parameters: Readonly<Record<PathParameters<E["path"]>, string>>;
  readonly query: Output<E["query"]>;
  /** For raw bodies, the stream of its bytes: nothing has been read yet. */
  readonly body: E["body"] extends "bytes" ? Readable : Output<E["body"]>;
}

/** A stream of bytes as an answer, with its size where it is known. */
export interface ByteAnswer {
  readonly stream: Readable;
  readonly sizeBytes?: number;
  readonly contentType?: string;
}

type Raw = {
  bytes: Readable | ByteAnswer;
  /** Each item is sent as the data of one event, as JSON. */
  events: AsyncIterable<unknown>;
  /** Each item is text that ends with a line feed. */
  ndjson: AsyncIterable<string>;
  empty: void;
};

/** What a handler gives back: the answer's value before its contract is applied, or a stream. */
export type AnswerOf<E extends Contract> = E["response"] extends z.ZodType
  ? z.input<E["response"]>
  : E["response"] extends keyof Raw
    ? Raw[E["response"]]
    : never;

type Method<E extends Contract> = (call: CallOf<E>) => AnswerOf<E> | Promise<AnswerOf<E>>;

/**
 * Makes a method the handler of an endpoint of the contract: route, status, authorisation, validation of what comes in
 * and goes out all follow from the contract. The method has one parameter, `@Call() call`.
 */
export function Endpoint<E extends Contract>(
  contract: E,
): <M extends Method<E>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void {
  return applyDecorators(
    RequestMapping({
      path: contract.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      method: RequestMethod[contract.method],
    }),
    HttpCode(contract.status),
    Handler({ kind: "endpoint", contract }),
    UseInterceptors(AnswerInterceptor),
  );
}
