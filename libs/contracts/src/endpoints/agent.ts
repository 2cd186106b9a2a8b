import { AgentBuildRequest } from "../resources/agent-api.ts";
import { LogsQuery } from "../resources/instances.ts";
import { endpoint } from "./endpoint.ts";

/** What an agent answers to the orchestrator, on its own listener. */
export const agentEndpoints = {
  build: endpoint("POST", "/v1/builds", {
    summary: "Build a source in a sandbox, streaming its log; closing the connection cancels it",
    operation: "serve-node",
    body: AgentBuildRequest,
    response: "ndjson",
    status: 200,
  }),
  logs: endpoint("GET", "/v1/instances/{instance}/logs", {
    summary: "Read or follow an instance's log",
    operation: "serve-node",
    query: LogsQuery,
    response: "ndjson",
  }),
} as const;
