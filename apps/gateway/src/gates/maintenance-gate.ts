import { refusal } from "../refusals/refusal.ts";
import type { Gate } from "./admission.ts";

/** Closed on purpose: nothing of the request goes further. */
export const maintenanceGate: Gate = ({ route }) => {
  const { maintenance } = route.settings;
  if (!maintenance) return undefined;
  const { message, retryAfterSeconds } = maintenance;
  return refusal(
    "maintenance",
    message,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );
};
