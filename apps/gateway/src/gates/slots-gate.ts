import { refusal } from "../refusals/refusal.ts";
import type { Gate } from "./admission.ts";

export const slotsGate: Gate = ({ exchange, route, state }) => {
  const most = route.settings.limits?.concurrentRequests;
  if (most === undefined) return undefined;
  const leave = state().slots.tryTake(most);
  return leave
    ? { leave }
    : refusal("busy", `${most} requests to ${exchange.host} are under way; try again soon`);
};
