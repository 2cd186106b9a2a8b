import { z } from "zod";
import { CertificateAuthority } from "../resources/certificates.ts";
import { Identity } from "../resources/organisations.ts";
import { PlatformStatus } from "../resources/platform.ts";
import { endpoint } from "./endpoint.ts";

/** The platform as a whole, and who asks. */
export const platform = {
  whoami: endpoint("GET", "/v1/whoami", {
    summary: "Who the token says you are",
    operation: "status",
    response: Identity,
  }),
  openapi: endpoint("GET", "/v1/openapi.json", {
    summary: "This API as OpenAPI 3.1",
    operation: "status",
    response: z.json(),
  }),
  status: endpoint("GET", "/v1/platform/status", {
    summary: "Health of the platform and its parts",
    operation: "operate",
    response: PlatformStatus,
  }),
  certificateAuthority: endpoint("GET", "/v1/platform/certificate-authority", {
    summary: "The platform's own certificate authority, to be trusted by browsers and tools",
    operation: "status",
    response: CertificateAuthority,
  }),
} as const;
