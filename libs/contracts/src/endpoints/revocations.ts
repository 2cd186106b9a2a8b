import { PageQuery, pageOf } from "../page.ts";
import { Revocation, RevocationMade, RevocationRecord } from "../resources/trust.ts";
import { endpoint } from "./endpoint.ts";

/** Tokens that were taken back. */
export const revocations = {
  create: endpoint("POST", "/v1/revocations", {
    summary: "Take a token back, and all that were narrowed from it",
    operation: "revoke",
    body: Revocation,
    response: RevocationMade,
  }),
  list: endpoint("GET", "/v1/revocations", {
    summary: "List what was revoked and may still be unexpired, newest first",
    operation: "revoke",
    query: PageQuery,
    response: pageOf(RevocationRecord),
  }),
} as const;
