import { type CustomDecorator, type ExecutionContext, SetMetadata } from "@nestjs/common";
import type { Requirement } from "@bastide/biscuit/http";
import type { Endpoint } from "@bastide/contracts";
import type { NestRequest } from "../biscuit/nest-request.ts";

/** What a route is; a route without it is refused at start-up and on every request. */
export type HandlerKind =
  | { readonly kind: "endpoint"; readonly contract: Endpoint }
  | { readonly kind: "policy"; readonly requirement: Requirement<NestRequest> }
  | { readonly kind: "public"; readonly reason: string };

const HANDLER = "bastide:handler";

export const Handler = (kind: HandlerKind): CustomDecorator => SetMetadata(HANDLER, kind);

/** Lets everybody in, without a token. The reason says why nothing of it is anybody's own. */
export const Public = (reason: string): CustomDecorator => Handler({ kind: "public", reason });

const isHandlerKind = (value: unknown): value is HandlerKind =>
  typeof value === "object" && value !== null && "kind" in value;

/** Undefined for a handler, or a controller, that nobody decided about. */
export function handlerKindOf(handler: object): HandlerKind | undefined {
  const value: unknown = Reflect.getMetadata(HANDLER, handler);
  return isHandlerKind(value) ? value : undefined;
}

/** The contract of the endpoint that is being called. */
export function contractOf(context: ExecutionContext): Endpoint {
  const kind = handlerKindOf(context.getHandler());
  if (kind?.kind !== "endpoint") throw new TypeError("this handler is not an endpoint");
  return kind.contract;
}
