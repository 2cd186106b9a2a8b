import type { CompiledRoute } from "../table/compiled-route.ts";
import { type Refusal, refusal } from "./refusal.ts";

export const NO_TABLE = refusal(
  "no-table",
  "the gateway has just started and was not told its routes yet; try again soon",
);

export const EMPTY_DETAILS: Readonly<Record<CompiledRoute["whenEmpty"], (host: string) => string>> =
  {
    starting: (host) => `no instance at ${host} is ready yet; try again soon`,
    stopped: (host) => `the app at ${host} was stopped; scale it up to start it`,
    "not-deployed": (host) => `the app at ${host} was created, but nothing was deployed to it yet`,
  };

export const unreachable = (host: string): Refusal =>
  refusal("bad-gateway", `no instance at ${host} takes connections now; try again soon`);
