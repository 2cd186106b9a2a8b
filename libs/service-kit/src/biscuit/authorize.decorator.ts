import { definePolicy, type Fact, type Policy } from "@bastide/biscuit";
import { type Requirement, requirementOf } from "@bastide/biscuit/http";
import { Handler } from "../http/handler-metadata.ts";
import type { NestRequest } from "./nest-request.ts";

type HandlerDecorator = MethodDecorator & ClassDecorator;

/** What `facts` may read of a request; its own framework's type may be asked for instead. */
export type FactsOf = (request: NestRequest) => readonly Fact[];

/**
 * Lets requests in whose token satisfies a policy: on a handler, or on a controller for all its handlers that have none of
 * their own. A policy is Datalog, compiled when the class is declared (throws BiscuitError with the position), or a
 * compiled one; it knows `time(<now>)` and what `facts` states. A function decides by itself, such as by a policy with
 * parameters.
 */
export function Authorize(policy: string | Policy, facts?: FactsOf): HandlerDecorator;
export function Authorize(requirement: Requirement<NestRequest>): HandlerDecorator;
export function Authorize(
  wanted: string | Policy | Requirement<NestRequest>,
  facts?: FactsOf,
): HandlerDecorator {
  const requirement =
    typeof wanted === "function"
      ? wanted
      : requirementOf(typeof wanted === "string" ? definePolicy(wanted) : wanted, facts);
  return Handler({ kind: "policy", requirement });
}
