import { definePolicy } from "@bastide/biscuit";
import { PROBLEM_TYPE, rememberAuthorization, requirementOf } from "@bastide/biscuit/http";
import { type CanActivate, type ExecutionContext, Injectable } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import { handlerKindOf } from "../http/handler-metadata.ts";
import { BiscuitGate } from "./biscuit-gate.ts";
import { BiscuitRefused } from "./biscuit-refused.ts";
import { messageOf, type NestRequest } from "./nest-request.ts";

/** For handlers that nobody decided about: a forgotten decorator closes a route instead of opening it. */
const NOBODY = requirementOf<NestRequest>(definePolicy("deny if true;"));

/**
 * Applies what `@Authorize` says, on the handler first and then on its controller; `@Public` lets everybody in. Use it
 * for all routes (`{ provide: APP_GUARD, useExisting: BiscuitGuard }`) or for some (`@UseGuards(BiscuitGuard)`). HTTP only,
 * on Express and on Fastify.
 */
@Injectable()
export class BiscuitGuard implements CanActivate {
  readonly #gate: BiscuitGate;
  readonly #adapter: HttpAdapterHost;

  constructor(gate: BiscuitGate, adapter: HttpAdapterHost) {
    this.#gate = gate;
    this.#adapter = adapter;
  }

  /** Throws BiscuitRefused, with the challenge already on the response; other errors are failures of the server. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== "http")
      throw new TypeError(
        `BiscuitGuard decides about HTTP requests, not about ${context.getType()}`,
      );
    const kind = handlerKindOf(context.getHandler()) ?? handlerKindOf(context.getClass());
    if (kind?.kind === "public") return true;
    const request = context.switchToHttp().getRequest<NestRequest>();
    const requirement = kind?.kind === "policy" ? kind.requirement : NOBODY;
    const action = `${context.getClass().name}.${context.getHandler().name}`;
    const admission = await this.#gate.admit(
      { request, message: messageOf(request), action },
      (token) => requirement(token, request, this.#gate.now()),
    );
    if (!admission.admitted) {
      this.#challenge(context, admission.refusal.challenge);
      throw new BiscuitRefused(admission.refusal);
    }
    rememberAuthorization(request, admission);
    return true;
  }

  #challenge(context: ExecutionContext, challenge: string): void {
    const { httpAdapter } = this.#adapter;
    const response = context.switchToHttp().getResponse<object>();
    httpAdapter.setHeader(response, "www-authenticate", challenge);
    httpAdapter.setHeader(response, "content-type", PROBLEM_TYPE);
    httpAdapter.setHeader(response, "cache-control", "no-store");
  }
}
