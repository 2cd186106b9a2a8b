import { askedOver } from "../tls/secure-connections.ts";
import { overConnection } from "../tls/admission.ts";
import type { Gate } from "./admission.ts";

/**
 * Whether the route may be used over the connection: plain HTTP is moved to HTTPS or refused, and clients prove who they
 * are. The one gate that holds for routes that say nothing as well.
 */
export const connectionGate: Gate = ({ exchange, route, https }) =>
  overConnection(askedOver(exchange), route.settings, https);
