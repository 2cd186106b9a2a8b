import { z } from "zod";
import { acknowledgementOf, StreamQuery } from "../config-stream.ts";
import { PageQuery, pageOf } from "../page.ts";
import { App, ChangeVariables, Formation, Variable } from "../resources/apps.ts";
import { CertificateAuthority } from "../resources/certificates.ts";
import { CreateDeployment, Deployment } from "../resources/deployments.ts";
import { Instance, LogsQuery } from "../resources/instances.ts";
import { Node, NodeReport } from "../resources/nodes.ts";
import {
  CreateEnvironment,
  CreateOrganisation,
  CreateProject,
  Environment,
  Identity,
  Organisation,
  Project,
} from "../resources/organisations.ts";
import { PlatformStatus } from "../resources/platform.ts";
import { Release, Source } from "../resources/releases.ts";
import { GatewayReport } from "../resources/routes.ts";
import { domainEndpoints } from "./domain-endpoints.ts";
import { Revocation, RevocationMade, RevocationRecord } from "../resources/trust.ts";
import { endpoint } from "./endpoint.ts";
import { APP, DEPLOYED, ORGANISATION, PROJECT } from "./paths.ts";
import { routeEndpoints } from "./route-endpoints.ts";

/** Every endpoint of the platform's API, by resource and verb. */
export const endpoints = {
  platform: {
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
  },
  organisations: {
    create: endpoint("POST", "/v1/organisations", {
      summary: "Create an organisation",
      operation: "operate",
      body: CreateOrganisation,
      response: Organisation,
    }),
    list: endpoint("GET", "/v1/organisations", {
      summary: "List organisations",
      operation: "operate",
      query: PageQuery,
      response: pageOf(Organisation),
    }),
    get: endpoint("GET", ORGANISATION, {
      summary: "Read an organisation",
      operation: "status",
      response: Organisation,
    }),
    delete: endpoint("DELETE", ORGANISATION, {
      summary: "Delete an empty organisation",
      operation: "operate",
      response: "empty",
    }),
  },
  projects: {
    create: endpoint("POST", `${ORGANISATION}/projects`, {
      summary: "Create a project with its production environment",
      operation: "organise",
      body: CreateProject,
      response: Project,
    }),
    list: endpoint("GET", `${ORGANISATION}/projects`, {
      summary: "List projects",
      operation: "status",
      query: PageQuery,
      response: pageOf(Project),
    }),
    get: endpoint("GET", PROJECT, {
      summary: "Read a project",
      operation: "status",
      response: Project,
    }),
    delete: endpoint("DELETE", PROJECT, {
      summary: "Delete an empty project",
      operation: "destroy",
      response: "empty",
    }),
  },
  environments: {
    create: endpoint("POST", `${PROJECT}/environments`, {
      summary: "Create an environment",
      operation: "organise",
      body: CreateEnvironment,
      response: Environment,
    }),
    list: endpoint("GET", `${PROJECT}/environments`, {
      summary: "List environments",
      operation: "status",
      query: PageQuery,
      response: pageOf(Environment),
    }),
    delete: endpoint("DELETE", `${PROJECT}/environments/{environment}`, {
      summary: "Stop everything in an environment and delete it",
      operation: "destroy",
      response: "empty",
    }),
  },
  apps: {
    put: endpoint("PUT", APP, {
      summary: "Make sure that an app exists",
      operation: "deploy",
      response: App,
    }),
    list: endpoint("GET", `${PROJECT}/apps`, {
      summary: "List apps",
      operation: "status",
      query: PageQuery,
      response: pageOf(App),
    }),
    get: endpoint("GET", APP, { summary: "Read an app", operation: "status", response: App }),
    delete: endpoint("DELETE", APP, {
      summary: "Stop an app everywhere and delete it",
      operation: "destroy",
      response: "empty",
    }),
  },
  sources: {
    upload: endpoint("POST", `${APP}/sources`, {
      summary: "Upload a source archive (tar, gzipped or not)",
      operation: "upload",
      body: "bytes",
      response: Source,
    }),
  },
  variables: {
    list: endpoint("GET", `${DEPLOYED}/variables`, {
      summary: "List configuration; secrets by name only",
      operation: "status",
      response: z.object({ items: z.array(Variable) }),
    }),
    change: endpoint("PATCH", `${DEPLOYED}/variables`, {
      summary: "Set and unset configuration and secrets",
      operation: "configure",
      body: ChangeVariables,
      response: z.object({ deployment: Deployment.optional() }),
    }),
  },
  deployments: {
    create: endpoint("POST", `${DEPLOYED}/deployments`, {
      summary: "Deploy a source, or an earlier release again",
      operation: "deploy",
      body: CreateDeployment,
      response: Deployment,
      status: 202,
    }),
    rollback: endpoint("POST", `${DEPLOYED}/rollback`, {
      summary: "Deploy the release before the current one, or the one named",
      operation: "rollback",
      body: z.strictObject({ version: z.number().int().positive().optional() }),
      response: Deployment,
      status: 202,
    }),
    scale: endpoint("PATCH", `${DEPLOYED}/formation`, {
      summary: "Change how many instances of each process run",
      operation: "scale",
      body: Formation,
      response: Deployment,
      status: 202,
    }),
    list: endpoint("GET", `${DEPLOYED}/deployments`, {
      summary: "List deployments, newest first",
      operation: "status",
      query: PageQuery,
      response: pageOf(Deployment),
    }),
    get: endpoint("GET", `${DEPLOYED}/deployments/{deployment}`, {
      summary: "Read a deployment",
      operation: "status",
      response: Deployment,
    }),
    cancel: endpoint("POST", `${DEPLOYED}/deployments/{deployment}/cancel`, {
      summary: "Give a deployment up; what served keeps serving",
      operation: "deploy",
      response: Deployment,
      status: 202,
    }),
    events: endpoint("GET", `${DEPLOYED}/deployments/{deployment}/events`, {
      summary: "Follow a deployment: its states and its log lines",
      operation: "status",
      response: "events",
    }),
  },
  releases: {
    list: endpoint("GET", `${DEPLOYED}/releases`, {
      summary: "List releases, newest first",
      operation: "status",
      query: PageQuery,
      response: pageOf(Release),
    }),
    sbom: endpoint("GET", `${DEPLOYED}/releases/{release}/sbom`, {
      summary: "A release's software bill of materials (CycloneDX 1.6)",
      operation: "status",
      response: z.json(),
    }),
  },
  instances: {
    list: endpoint("GET", `${DEPLOYED}/instances`, {
      summary: "List instances",
      operation: "status",
      response: z.object({ items: z.array(Instance) }),
    }),
    logs: endpoint("GET", `${DEPLOYED}/logs`, {
      summary: "Read or follow logs",
      operation: "logs",
      query: LogsQuery,
      response: "events",
    }),
  },
  routes: routeEndpoints,
  revocations: {
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
  },
  domains: domainEndpoints,
  nodes: {
    list: endpoint("GET", "/v1/nodes", {
      summary: "List nodes and what they say of themselves",
      operation: "operate",
      response: z.object({ items: z.array(Node) }),
    }),
    desired: endpoint("GET", "/v1/nodes/{node}/desired", {
      summary: "The config stream of a node: its instances",
      operation: "serve-node",
      query: StreamQuery,
      response: "ndjson",
    }),
    acknowledge: endpoint("POST", "/v1/nodes/{node}/acknowledgements", {
      summary: "A node applied a version",
      operation: "serve-node",
      body: acknowledgementOf(z.null()),
      response: "empty",
    }),
    report: endpoint("POST", "/v1/nodes/{node}/reports", {
      summary: "What a node observes",
      operation: "serve-node",
      body: NodeReport,
      response: "empty",
    }),
    artefact: endpoint("GET", "/v1/nodes/{node}/artefacts/{digest}", {
      summary: "An artefact's or a source's bytes",
      operation: "serve-node",
      response: "bytes",
    }),
    storeArtefact: endpoint("PUT", "/v1/nodes/{node}/artefacts/{digest}", {
      summary: "Store what this node built",
      operation: "serve-node",
      body: "bytes",
      response: "empty",
    }),
  },
  gateways: {
    table: endpoint("GET", "/v1/gateways/{gateway}/table", {
      summary: "The config stream of a gateway: its routes",
      operation: "serve-gateway",
      query: StreamQuery,
      response: "ndjson",
    }),
    acknowledge: endpoint("POST", "/v1/gateways/{gateway}/acknowledgements", {
      summary: "A gateway applied a version",
      operation: "serve-gateway",
      body: acknowledgementOf(GatewayReport),
      response: "empty",
    }),
  },
} as const;
