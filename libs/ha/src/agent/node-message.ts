import type { GuardMessage } from "../guard/guard-message.ts";
import type { Heartbeat } from "./agent.ts";

/** Between nodes, by their `Transport`. */
export type NodeMessage =
  | { readonly kind: "heartbeat"; readonly heartbeat: Heartbeat }
  | { readonly kind: "guard"; readonly message: GuardMessage };
