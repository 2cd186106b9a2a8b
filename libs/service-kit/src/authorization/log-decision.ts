import type { AuthorizationEvent } from "@bastide/biscuit/http";
import type { JsonLogger } from "../logging/json-logger.ts";

/** The audit event of a decision as a line of the log: never the token, whose revocation ids name it. */
export function logDecision(
  logger: JsonLogger,
  event: AuthorizationEvent,
  requestId: string,
): void {
  const { outcome, action, token } = event;
  const known = {
    requestId,
    outcome,
    action,
    policy: event.policy?.index,
    rootKeyId: token?.rootKeyId,
    revocationIds: token?.revocationIds,
  };
  if (event.outcome === "allowed") return logger.info("authorization", known);
  const { status, reason, code, failedChecks } = event;
  logger.info("authorization", { ...known, status, reason, code, failedChecks });
}
