import type { GatewayAnswer } from "@bastide/contracts";

type Refused = Extract<GatewayAnswer, { ok: false }>["error"];

/** A request to the control socket cannot be done; the message says why, and what would help. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly code: Refused["code"];

  constructor(code: Refused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export function refusedBy(cause: unknown): GatewayAnswer {
  const code = cause instanceof ControlError ? cause.code : "failed";
  const message = cause instanceof Error ? cause.message : String(cause);
  return { ok: false, error: { code, message } };
}
