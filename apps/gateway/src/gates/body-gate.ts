import { refusal, type Refusal } from "../refusals/refusal.ts";
import type { Gate } from "./admission.ts";

/** A declared length is judged before anything is read; of any other body the bytes are counted on their way. */
export const bodyGate: Gate = ({ exchange, route }) => {
  const most = route.settings.limits?.bodyBytes;
  if (most === undefined) return undefined;
  const declared = Number(exchange.request.headers["content-length"] ?? 0);
  return declared > most ? tooLarge(most) : undefined;
};

export const tooLarge = (mostBytes: number): Refusal =>
  refusal("body-too-large", `this route takes bodies of at most ${mostBytes} bytes`);
