import { refusal } from "../refusals/refusal.ts";
import type { Gate } from "./admission.ts";

/** A route with a policy is closed to whoever was not let in by it; nobody is, where nothing verifies tokens. */
export const authorizationGate: Gate = ({ exchange, route }) =>
  route.settings.authorization?.kind === "biscuit" && exchange.caller === undefined
    ? refusal("closed", `${exchange.host} needs a token here, and this gateway verifies none`)
    : undefined;
