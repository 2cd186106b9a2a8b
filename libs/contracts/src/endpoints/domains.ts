import { z } from "zod";
import { AddDomain, CheckedDomain, Domain, UploadCertificate } from "../resources/domains.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED } from "./paths.ts";

/** Tenants' own domains, and their certificates. */
export const domains = {
  list: endpoint("GET", `${DEPLOYED}/domains`, {
    summary: "List the domains of an app in an environment, and their certificates",
    operation: "status",
    response: z.object({ items: z.array(Domain) }),
  }),
  add: endpoint("POST", `${DEPLOYED}/domains`, {
    summary: "Let a domain lead to an app in an environment, and get a certificate for it",
    operation: "configure",
    body: AddDomain,
    response: CheckedDomain,
  }),
  check: endpoint("POST", `${DEPLOYED}/domains/{domain}/check`, {
    summary: "Ask the DNS about a domain now; when all is well its certificate is asked for",
    operation: "configure",
    response: CheckedDomain,
    status: 200,
  }),
  upload: endpoint("PUT", `${DEPLOYED}/domains/{domain}/certificate`, {
    summary: "Use a certificate of one's own for a domain, in place of the one before",
    operation: "configure",
    body: UploadCertificate,
    response: Domain,
  }),
  withdraw: endpoint("DELETE", `${DEPLOYED}/domains/{domain}/certificate`, {
    summary: "Take one's own certificate from a domain; one is asked of the public authority again",
    operation: "configure",
    response: Domain,
    status: 200,
  }),
  remove: endpoint("DELETE", `${DEPLOYED}/domains/{domain}`, {
    summary: "Take a domain from an app, and its certificate away",
    operation: "configure",
    response: "empty",
  }),
} as const;
