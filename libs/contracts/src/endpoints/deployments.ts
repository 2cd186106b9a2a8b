import { z } from "zod";
import { PageQuery, pageOf } from "../page.ts";
import { Formation } from "../resources/apps.ts";
import { CreateDeployment, Deployment } from "../resources/deployments.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED } from "./paths.ts";

/** How an app in an environment comes to its next release. */
export const deployments = {
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
} as const;
