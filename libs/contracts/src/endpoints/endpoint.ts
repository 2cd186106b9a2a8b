import type { z } from "zod";
import type { Operation } from "../authorization/operations.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What an answer's body is, when it is not JSON of a schema. */
export type RawBody = "bytes" | "events" | "ndjson" | "empty";

/**
 * One endpoint of the platform's API. The table of them (`endpoints`) is the one source of the client, the controllers'
 * routes, what each needs authorised, and the OpenAPI document.
 */
export interface Endpoint<
  Path extends string = string,
  Query extends z.ZodType | undefined = z.ZodType | undefined,
  Body extends z.ZodType | "bytes" | undefined = z.ZodType | "bytes" | undefined,
  Response extends z.ZodType | RawBody = z.ZodType | RawBody,
> {
  readonly method: Method;
  /** In OpenAPI's style: `/v1/organisations/{organisation}`. */
  readonly path: Path;
  readonly summary: string;
  /** What the caller's token must allow, see `OPERATIONS`. */
  readonly operation: Operation;
  readonly query: Query;
  readonly body: Body;
  readonly response: Response;
  /** Status of success. */
  readonly status: 200 | 201 | 202 | 204;
  /** Called all the time and saying nothing new: what succeeds of it is in no log. */
  readonly isRoutine: boolean;
}

type Defaults<Spec, Key extends string> = Key extends keyof Spec ? Spec[Key] : undefined;

/** What a declaration may leave out. */
interface Declaration {
  readonly summary: string;
  readonly operation: Operation;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType | "bytes";
  readonly response: z.ZodType | RawBody;
  readonly status?: 200 | 201 | 202;
  readonly isRoutine?: boolean;
}

type Declared<Path extends string, Spec extends Declaration> = Endpoint<
  Path,
  Defaults<Spec, "query">,
  Defaults<Spec, "body">,
  Spec["response"]
>;

/** Declares an endpoint; what is left out is `undefined`, and the status follows from the method and the answer. */
export function endpoint<const Path extends string, const Spec extends Declaration>(
  method: Method,
  path: Path,
  spec: Spec,
): Declared<Path, Spec>;
export function endpoint(method: Method, path: string, spec: Declaration): Endpoint {
  const implied = spec.response === "empty" ? 204 : method === "POST" ? 201 : 200;
  const usual = { query: undefined, body: undefined, isRoutine: false };
  return { ...usual, status: implied, ...spec, method, path };
}

/** The names between braces in a path. */
export type PathParameters<Path extends string> =
  Path extends `${string}{${infer Name}}${infer Rest}` ? Name | PathParameters<Rest> : never;

/** Fills a path's parameters, percent-encoded. */
export function fillPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`path ${path} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
}
