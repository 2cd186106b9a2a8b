import { z } from "zod";
import {
  PlacementMove,
  PlacementSettings,
  ProcessPlacement,
  Quota,
} from "../resources/placement.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED, ORGANISATION } from "./paths.ts";

/** Where instances may be, why they are where they are, and how much an organisation may have. */
export const placement = {
  settings: endpoint("GET", `${DEPLOYED}/placement`, {
    summary: "Where the instances of an app in an environment may be",
    operation: "status",
    response: PlacementSettings,
  }),
  set: endpoint("PUT", `${DEPLOYED}/placement`, {
    summary: "Say where they may be, all of it; what runs elsewhere is started anew where it may",
    operation: "configure",
    body: PlacementSettings,
    response: PlacementSettings,
  }),
  explain: endpoint("GET", `${DEPLOYED}/placement/explanation`, {
    summary: "Why each node was chosen or refused",
    operation: "status",
    response: z.object({ items: z.array(ProcessPlacement) }),
  }),
  propose: endpoint("GET", "/v1/placement/proposal", {
    summary: "Moves that would even the nodes out; none is made",
    operation: "operate",
    response: z.object({ items: z.array(PlacementMove) }),
  }),
  quota: endpoint("GET", `${ORGANISATION}/quota`, {
    summary: "What an organisation may use in all",
    operation: "status",
    response: Quota,
  }),
  setQuota: endpoint("PUT", `${ORGANISATION}/quota`, {
    summary: "Limit what an organisation may use; what runs already goes on",
    operation: "operate",
    body: Quota,
    response: Quota,
  }),
} as const;
