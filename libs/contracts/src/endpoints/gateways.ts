import { StreamQuery, acknowledgementOf } from "../config-stream.ts";
import { GatewayReport } from "../resources/routes.ts";
import { endpoint } from "./endpoint.ts";

/** What gateways are told, and what they answer. */
export const gateways = {
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
} as const;
