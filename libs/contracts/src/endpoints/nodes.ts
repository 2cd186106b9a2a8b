import { z } from "zod";
import { acknowledgementOf, StreamQuery } from "../config-stream.ts";
import { HaAnswer, HaAsk, HaReport } from "../resources/ha.ts";
import {
  Node,
  NodeDetails,
  NodeHeartbeat,
  NodeReport,
  RemoveNodeQuery,
} from "../resources/nodes.ts";
import {
  CreateJoinToken,
  JoinNode,
  JoinToken,
  NodeChallenge,
  NodeIdentity,
  RenewNode,
} from "../resources/node-identity.ts";
import { NodePlace } from "../resources/placement.ts";
import { endpoint } from "./endpoint.ts";

/** The machines, as operators see them and as they speak themselves. */
export const nodes = {
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
  heartbeat: endpoint("POST", "/v1/nodes/{node}/heartbeats", {
    summary: "A node lives",
    operation: "serve-node",
    body: NodeHeartbeat,
    response: "empty",
    isRoutine: true,
  }),
  haAsk: endpoint("POST", "/v1/nodes/{node}/ha/asks", {
    summary: "A node's guard asks the lease store, for services that may run on this node",
    operation: "serve-node",
    body: HaAsk,
    response: HaAnswer,
    status: 200,
    isRoutine: true,
  }),
  haReport: endpoint("POST", "/v1/nodes/{node}/ha/reports", {
    summary: "What a node's guard runs",
    operation: "serve-node",
    body: HaReport,
    response: "empty",
    isRoutine: true,
  }),
  joinToken: endpoint("POST", "/v1/nodes/join-tokens", {
    summary: "A token by which one machine may become a node, once and soon",
    operation: "operate",
    body: CreateJoinToken,
    response: JoinToken,
  }),
  join: endpoint("POST", "/v1/nodes", {
    summary: "Become a node, by a join token and the proof of a key of one's own",
    operation: "join-node",
    body: JoinNode,
    response: NodeIdentity,
  }),
  get: endpoint("GET", "/v1/nodes/{node}", {
    summary: "One node, what it says of itself and what it runs",
    operation: "operate",
    response: NodeDetails,
  }),
  cordon: endpoint("PUT", "/v1/nodes/{node}/cordon", {
    summary: "Give a node no new instances",
    operation: "operate",
    response: Node,
  }),
  uncordon: endpoint("DELETE", "/v1/nodes/{node}/cordon", {
    summary: "Give a node instances again; ends a drain as well",
    operation: "operate",
    response: Node,
  }),
  place: endpoint("PUT", "/v1/nodes/{node}/place", {
    summary: "Say where a node stands, who operates it under which law, and its labels: all of it",
    operation: "operate",
    body: NodePlace,
    response: Node,
  }),
  drain: endpoint("PUT", "/v1/nodes/{node}/drain", {
    summary: "Cordon a node and start its apps' instances elsewhere, then stop them here",
    operation: "operate",
    response: Node,
  }),
  remove: endpoint("DELETE", "/v1/nodes/{node}", {
    summary:
      "Forget a node and take its tokens back; refused while it runs something, unless forced",
    operation: "operate",
    query: RemoveNodeQuery,
    response: "empty",
  }),
} as const;

/**
 * How a node renews its identity. Not part of the table of endpoints: no token is asked for, since the one it has may
 * have ended; the proof of its key is what lets it in.
 */
export const nodeIdentityEndpoints = {
  challenge: endpoint("POST", "/v1/nodes/{node}/challenges", {
    summary: "Something to sign, once and soon",
    operation: "serve-node",
    response: NodeChallenge,
  }),
  renew: endpoint("POST", "/v1/nodes/{node}/identity", {
    summary: "A new token and a new certificate for a node that proves its key",
    operation: "serve-node",
    body: RenewNode,
    response: NodeIdentity,
  }),
} as const;
