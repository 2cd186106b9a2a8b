import { PageQuery, pageOf } from "../page.ts";
import {
  CreateEnvironment,
  CreateOrganisation,
  CreateProject,
  Environment,
  Organisation,
  Project,
} from "../resources/organisations.ts";
import { endpoint } from "./endpoint.ts";
import { ORGANISATION, PROJECT } from "./paths.ts";

/** Organisations. */
export const organisations = {
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
} as const;

/** Projects of an organisation. */
export const projects = {
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
} as const;

/** Environments of a project. */
export const environments = {
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
} as const;
