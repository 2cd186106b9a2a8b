import { choose } from "./balance/choose.ts";
import type { InFlight } from "./drain/in-flight.ts";
import type { AttemptOutcome, ProxyEngine } from "./engine/proxy-engine.ts";
import { type Exchange, isRepeatable } from "./exchange/exchange.ts";
import { upstreamHeaders } from "./exchange/upstream-headers.ts";
import type { PassiveHealth } from "./health/passive-health.ts";
import { type Refusal, refusal } from "./refusals/refusal.ts";
import { Course } from "./retry/course.ts";
import type { WaitingRoom } from "./retry/waiting-room.ts";
import { addressKey, type CompiledRoute, type RouteTable } from "./table/route-table.ts";

type Upstream = CompiledRoute["upstreams"][number];

/** What to do with a request next. */
type Step =
  | { readonly kind: "forward"; readonly upstream: Upstream }
  | { readonly kind: "wait"; readonly forMs: number }
  | { readonly kind: "refuse"; readonly refusal: Refusal };

/** How one request ended, for the log and the counters. */
export interface Served {
  readonly end: Exclude<AttemptOutcome["kind"], "failed"> | "refused";
  readonly refusal?: Refusal;
  readonly instance?: string;
  readonly attempts: number;
}

export interface DispatcherParts {
  readonly engine: ProxyEngine;
  readonly health: PassiveHealth;
  readonly inFlight: InFlight;
  readonly room: WaitingRoom;
  /** The table in force; undefined until there was one. Read anew for each step of each request. */
  readonly table: () => RouteTable | undefined;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly random: () => number;
  /** How long a request may wait, in all, for an upstream that takes connections. */
  readonly waitMs: number;
}

/** Takes each request to an upstream, or to a refusal: which upstream, when another, how long to wait. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Resolves when the request is over; on a refusal nothing was written yet. */
  async serve(exchange: Exchange): Promise<Served> {
    const course = new Course(exchange.host, isRepeatable(exchange));
    const ended = (end: Served["end"], more: Partial<Served> = {}): Served => ({
      end,
      attempts: course.attempts,
      ...more,
    });
    for (;;) {
      const step = this.#next(exchange, course);
      if (step.kind === "refuse") return ended("refused", { refusal: step.refusal });
      if (step.kind === "wait") {
        const failed = await this.#wait(exchange, step.forMs);
        if (failed) return ended("refused", { refusal: failed });
      } else {
        const { instance } = step.upstream;
        const outcome = await this.#forward(exchange, step.upstream, course);
        if (outcome.kind !== "failed") return ended(outcome.kind, { instance });
        const failed = course.failed(instance, outcome);
        if (failed) return ended("refused", { refusal: failed, instance });
      }
      if (exchange.response.destroyed) return ended("client-gone");
    }
  }

  #next(exchange: Exchange, course: Course): Step {
    const table = this.#parts.table();
    if (!table) return this.#later(course, [], NO_TABLE);
    const route = table.find(exchange.host, exchange.path);
    if (!route) return { kind: "refuse", refusal: unknown(table, exchange) };
    if (route.upstreams.length === 0) return this.#empty(route, course);
    const { health, inFlight, random } = this.#parts;
    const open = route.upstreams.filter((candidate) => health.mayTry(addressKey(candidate)));
    const untried = open.filter(({ instance }) => !course.hasTried(instance));
    const load = { inFlight: (id: string) => inFlight.count(id), random };
    const upstream = choose(untried, load) ?? choose(open, load);
    if (upstream) return { kind: "forward", upstream };
    return this.#later(course, route.upstreams.map(addressKey), unreachable(exchange.host));
  }

  #empty(route: CompiledRoute, course: Course): Step {
    const empty = refusal(route.whenEmpty, EMPTY_DETAILS[route.whenEmpty](route.host));
    return route.whenEmpty === "starting"
      ? this.#later(course, [], empty)
      : { kind: "refuse", refusal: empty };
  }

  /** Waits for the table to change or one of the addresses to be due for a trial, while the request's budget lasts. */
  #later(course: Course, addresses: readonly string[], late: Refusal): Step {
    const now = this.#parts.now();
    const untilMs = course.waitUntil(now, this.#parts.waitMs);
    if (now >= untilMs) return { kind: "refuse", refusal: late };
    const trialAtMs = this.#parts.health.nextTrialAtMs(addresses) ?? untilMs;
    // At least a millisecond: an address whose trial is due is tried at once, in the next step.
    return { kind: "wait", forMs: Math.max(1, Math.min(trialAtMs, untilMs) - now) };
  }

  async #wait({ host, response }: Exchange, forMs: number): Promise<Refusal | undefined> {
    const wait = this.#parts.room.tryWait(host, forMs);
    if (!wait) return refusal("overloaded", `too many requests wait for ${host}; try again soon`);
    response.once("close", wait.leave);
    await wait.done;
    response.off("close", wait.leave);
    return undefined;
  }

  /** Synchronous up to the engine's call: no table can come between the choice and the count. */
  async #forward(exchange: Exchange, upstream: Upstream, course: Course): Promise<AttemptOutcome> {
    const { engine, health, inFlight } = this.#parts;
    const address = addressKey(upstream);
    course.begin();
    health.begin(address);
    inFlight.begin(upstream.instance);
    try {
      const outcome = await this.#attempt(engine, exchange, upstream);
      if (outcome.kind !== "failed") return outcome;
      if (outcome.reason === "unreachable") health.failed(address);
      // Other idle connections to it are likely broken in the same way; the next try makes a new one.
      else engine.release(upstream);
      return outcome;
    } finally {
      inFlight.end(upstream.instance);
    }
  }

  #attempt(engine: ProxyEngine, exchange: Exchange, upstream: Upstream): Promise<AttemptOutcome> {
    const { request, response, target, upgradeHead, client } = exchange;
    const attempt = {
      request,
      response,
      target,
      headers: upstreamHeaders(request, client),
      upstream,
      onConnected: () => {
        if (this.#parts.health.succeeded(addressKey(upstream))) this.#parts.room.wake();
      },
    };
    return upgradeHead ? engine.upgrade(attempt, upgradeHead) : engine.forward(attempt);
  }
}

const NO_TABLE = refusal(
  "no-table",
  "the gateway has just started and was not told its routes yet; try again soon",
);

const EMPTY_DETAILS: Readonly<Record<CompiledRoute["whenEmpty"], (host: string) => string>> = {
  starting: (host) => `no instance at ${host} is ready yet; try again soon`,
  stopped: (host) => `the app at ${host} was stopped; scale it up to start it`,
  "not-deployed": (host) => `the app at ${host} was created, but nothing was deployed to it yet`,
};

const unreachable = (host: string): Refusal =>
  refusal("bad-gateway", `no instance at ${host} takes connections now; try again soon`);

const unknown = (table: RouteTable, { host, path }: Exchange): Refusal =>
  table.hasHost(host)
    ? refusal("unknown-path", `no app answers on ${path.slice(0, 200)} at ${host}`)
    : refusal("unknown-host", `no app answers at ${host}; check the name, or deploy the app`);
