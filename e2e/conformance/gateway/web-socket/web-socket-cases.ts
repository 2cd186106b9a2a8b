import { RAW_CASES } from "./raw-cases.ts";
import { TALK_CASES } from "./talk-cases.ts";
import type { WebSocketCase } from "./web-socket-case.ts";

/** Cases in which the gateway has to do otherwise, each with the reason. A run fails when one of these no longer differs. */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  [
    "the client ends its half with its request",
    "a client that closes before it was answered counts as gone, so that its place at the app is free at once",
  ],
]);

export const WEB_SOCKET_CASES: readonly WebSocketCase[] = [...TALK_CASES, ...RAW_CASES].flatMap(
  (group) => Object.entries(group).map(([name, run]) => ({ name, run })),
);
