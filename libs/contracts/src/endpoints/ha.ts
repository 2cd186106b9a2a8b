import { z } from "zod";
import { HaLeaseStoreStatus, HaStatus, HaSwitch } from "../resources/ha.ts";
import { endpoint } from "./endpoint.ts";

const SERVICE = "/v1/ha/services/{service}";

const verb = <const Verb extends string>(name: Verb, summary: string) =>
  endpoint("POST", `${SERVICE}/${name}`, {
    summary,
    operation: "operate",
    response: HaStatus,
    status: 202,
  });

/** The platform's own services that survive a machine, as operators see and move them. */
export const ha = {
  list: endpoint("GET", "/v1/ha/services", {
    summary: "List the services under high availability, what is wanted of them and where they run",
    operation: "operate",
    response: z.object({
      items: z.array(HaStatus),
      // Absent from a control plane of the version before.
      leaseStore: HaLeaseStoreStatus.optional(),
    }),
  }),
  start: verb("start", "Have a service run, wherever it is best"),
  stop: verb("stop", "Stop a service on every node"),
  purge: verb("purge", "Stop a service on every node, and remove what it left there for good"),
  switch: endpoint("POST", `${SERVICE}/switch`, {
    summary: "Have a failover service run on this node, as long as it can",
    operation: "operate",
    body: HaSwitch,
    response: HaStatus,
    status: 202,
  }),
  freeze: verb("freeze", "Start and stop nothing of a service, but what loses its lease"),
  thaw: verb("thaw", "Take a service's care up again, with what was wanted before the freeze"),
  events: endpoint("GET", "/v1/ha/events", {
    summary: "Follow what happens to services: the last hundred events, then each new one",
    operation: "operate",
    response: "events",
  }),
} as const;
