import type { HeaderRules, RouteLimits } from "@bastide/contracts";
import type { OutgoingHttpHeaders } from "node:http";
import type { Authorizer } from "./authorization/authorizer.ts";
import { pick } from "./balance/pick.ts";
import type { InFlight } from "./drain/in-flight.ts";
import type { Waiting } from "./drain/waiting.ts";
import type { Attempt, AttemptOutcome, ProxyEngine } from "./engine/proxy-engine.ts";
import type { CutReason } from "./exchange/cut-short.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { upstreamHeaders } from "./exchange/upstream-headers.ts";
import { type Trace, traceHeaders } from "./observe/trace-context.ts";
import { withRules } from "./headers/header-edit.ts";
import type { Outliers } from "./health/outliers.ts";
import type { PassiveHealth } from "./health/passive-health.ts";
import type { RouteStates } from "./limits/route-states.ts";
import { isRefusal, type Refusal, refusal } from "./refusals/refusal.ts";
import { EMPTY_DETAILS, NO_TABLE, unreachable } from "./refusals/no-upstream.ts";
import type { ErrorPages } from "./refusals/render.ts";
import type { Course } from "./retry/course.ts";
import type { WaitingRoom } from "./retry/waiting-room.ts";
import type { CompiledRoute } from "./table/compiled-route.ts";
import { routeOf } from "./table/route-of.ts";
import { addressKey, type RouteTable } from "./table/route-table.ts";
import { type HttpsFacts, misdirected } from "./tls/admission.ts";
import { askedOver } from "./tls/secure-connections.ts";
import { Visit } from "./visit.ts";

type Upstream = CompiledRoute["upstreams"][number];

/** What to do with a request next. */
type Step =
  | { readonly kind: "forward"; readonly upstream: Upstream }
  | { readonly kind: "wait"; readonly forMs: number }
  /** Until a gate has decided; then everything is looked at again. */
  | { readonly kind: "admit"; readonly barred: Promise<Refusal | undefined> }
  | { readonly kind: "refuse"; readonly refusal: Refusal };

/** How one request ended, for the log and the counters. */
export interface Served {
  readonly end: Exclude<AttemptOutcome["kind"], "failed"> | "refused";
  readonly refusal?: Refusal;
  /** Why the gateway itself cut an answer that had begun. */
  readonly cutBy?: CutReason;
  /** Key of its route; absent where none was found. */
  readonly route?: string;
  /** What its route answers instead of the gateway's own pages. */
  readonly errorPages?: ErrorPages;
  readonly instance?: string;
  readonly attempts: number;
}

export interface DispatcherParts {
  readonly engine: ProxyEngine;
  readonly health: PassiveHealth;
  readonly outliers: Outliers;
  readonly states: RouteStates;
  readonly authorizer: Authorizer;
  readonly https: HttpsFacts;
  readonly inFlight: InFlight;
  readonly waiting: Waiting;
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
    const wrong = misdirected(askedOver(exchange));
    if (wrong) return { end: "refused", refusal: wrong, attempts: 0 };
    const { states, authorizer, https, now } = this.#parts;
    const visit = new Visit({ exchange, states, authorizer, https, now });
    try {
      const served = await this.#serve(exchange, visit);
      const { key, settings } = visit.route ?? {};
      return {
        ...served,
        ...(key === undefined ? {} : { route: key }),
        ...(settings?.errorPages ? { errorPages: settings.errorPages } : {}),
      };
    } finally {
      visit.close();
    }
  }

  async #serve(exchange: Exchange, visit: Visit): Promise<Served> {
    const { course } = visit;
    const ended = (end: Served["end"], more: Partial<Served> = {}): Served => ({
      end,
      attempts: course.attempts,
      ...more,
    });
    for (;;) {
      const step = this.#next(exchange, visit);
      if (step.kind === "refuse") return ended("refused", { refusal: step.refusal });
      if (step.kind !== "forward") {
        const failed =
          step.kind === "admit" ? await step.barred : await this.#wait(exchange, step.forMs, visit);
        if (failed) return ended("refused", { refusal: failed });
      } else {
        const outcome = await this.#forward(exchange, step.upstream, visit);
        const end = endOf(outcome, step.upstream, visit);
        if (end) return { ...end, attempts: course.attempts };
      }
      if (exchange.response.destroyed) return ended("client-gone");
    }
  }

  #next(exchange: Exchange, visit: Visit): Step {
    if (visit.cut) return { kind: "refuse", refusal: visit.cut.refusal };
    const table = this.#parts.table();
    if (!table) return this.#later(visit.course, [], NO_TABLE);
    const route = routeOf(table, exchange);
    if (isRefusal(route)) return { kind: "refuse", refusal: route };
    const barred = visit.enter(route);
    if (barred instanceof Promise) return { kind: "admit", barred };
    if (barred) return { kind: "refuse", refusal: barred };
    if (route.upstreams.length === 0) return this.#empty(route, visit.course);
    const upstream = this.#pick(exchange, route, visit.course);
    if (upstream) return { kind: "forward", upstream };
    return this.#later(visit.course, route.upstreams.map(addressKey), unreachable(exchange.host));
  }

  /** Of those that take connections: one that this request did not try and that does not fail, if there is one. */
  #pick({ request }: Exchange, route: CompiledRoute, course: Course): Upstream | undefined {
    const { health, outliers, inFlight, random } = this.#parts;
    const fit = outliers.among(route.upstreams, random);
    const isOpen = (candidate: Upstream): boolean => health.mayTry(addressKey(candidate));
    const isUntried = ({ instance }: Upstream): boolean => !course.hasTried(instance);
    const load = { inFlight: (id: string) => inFlight.count(id), random };
    const open = route.upstreams.filter(isOpen);
    for (const candidates of [fit.filter(isOpen).filter(isUntried), open.filter(isUntried), open]) {
      const upstream = pick(candidates, route.settings, request.headers.cookie, load);
      if (upstream) return upstream;
    }
    return undefined;
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

  async #wait(
    { host, response }: Exchange,
    forMs: number,
    visit: Visit,
  ): Promise<Refusal | undefined> {
    const { deadline } = visit;
    const wait = this.#parts.room.tryWait(host, forMs);
    if (!wait) return refusal("overloaded", `too many requests wait for ${host}; try again soon`);
    response.once("close", wait.leave);
    deadline.addEventListener("abort", wait.leave);
    await wait.done;
    response.off("close", wait.leave);
    deadline.removeEventListener("abort", wait.leave);
    return visit.cut?.refusal;
  }

  /** Synchronous up to the engine's call: no table can come between the choice and the count. */
  async #forward(exchange: Exchange, upstream: Upstream, visit: Visit): Promise<AttemptOutcome> {
    const { engine, health, outliers, inFlight, waiting } = this.#parts;
    const address = addressKey(upstream);
    // On this machine a program that dies resets its connections: nobody has to say so.
    const wait = upstream.node === undefined ? undefined : waiting.begin(upstream.instance);
    visit.course.begin();
    health.begin(address);
    outliers.begin(upstream.instance);
    inFlight.begin(upstream.instance);
    try {
      const outcome = await this.#attempt(engine, exchange, upstream, visit, wait?.signal);
      this.#learn(upstream, outcome, visit);
      return outcome;
    } finally {
      wait?.end();
      inFlight.end(upstream.instance);
    }
  }

  #attempt(
    engine: ProxyEngine,
    exchange: Exchange,
    upstream: Upstream,
    visit: Visit,
    abandoned: AbortSignal | undefined,
  ): Promise<AttemptOutcome> {
    const { request, response, target, upgradeHead } = exchange;
    const { requestHeaders, limits } = visit.route?.settings ?? {};
    const answerHeaders = visit.editFor(upstream.instance);
    const attempt = {
      request,
      response,
      target,
      headers: traced(this.#headersFor(exchange, visit, requestHeaders), exchange.trace),
      upstream,
      deadline: visit.deadline,
      ...boundsOf(limits),
      ...(answerHeaders ? { answerHeaders } : {}),
      ...(abandoned ? { abandoned } : {}),
      onConnected: () => {
        if (this.#parts.health.succeeded(addressKey(upstream))) this.#parts.room.wake();
      },
    };
    return upgradeHead ? engine.upgrade(attempt, upgradeHead) : engine.forward(attempt);
  }

  /** Identity comes last: no rule of a route can touch it. */
  #headersFor(
    exchange: Exchange,
    { caller, client }: Visit,
    rules: HeaderRules | undefined,
  ): OutgoingHttpHeaders {
    const headers = withRules(upstreamHeaders(exchange.request, client), rules);
    return caller ? this.#parts.authorizer.identity.apply(headers, caller, exchange) : headers;
  }

  /** What an attempt's end says of its upstream. A client that left, sent too much or had no time says nothing. */
  #learn(upstream: Upstream, outcome: AttemptOutcome, visit: Visit): void {
    const { engine, health, outliers } = this.#parts;
    if (visit.deadline.aborted) return;
    const sign = signOf(outcome);
    if (sign === "bad") outliers.failed(upstream.instance);
    if (sign === "good") outliers.succeeded(upstream.instance);
    if (outcome.kind !== "failed" || outcome.reason === "too-large") return;
    if (outcome.reason === "unreachable") health.failed(addressKey(upstream));
    // Other idle connections to it are likely broken in the same way; the next try makes a new one.
    else engine.release(upstream);
  }
}

function boundsOf(limits: RouteLimits | undefined): Pick<Attempt, "maxBodyBytes" | "answerMs"> {
  const { bodyBytes, answerSeconds } = limits ?? {};
  return {
    ...(bodyBytes === undefined ? {} : { maxBodyBytes: bodyBytes }),
    ...(answerSeconds === undefined ? {} : { answerMs: answerSeconds * 1000 }),
  };
}

/** With the trace that the gateway puts the request in, instead of what the client said of one. */
function traced(headers: OutgoingHttpHeaders, trace: Trace): OutgoingHttpHeaders {
  delete headers["tracestate"];
  return Object.assign(headers, traceHeaders(trace));
}

/** Statuses by which an app, or a proxy in front of it, says that it cannot do its work. */
const CANNOT: ReadonlySet<number> = new Set([502, 503, 504]);

function signOf(outcome: AttemptOutcome): "good" | "bad" | undefined {
  if (outcome.kind === "answered") return CANNOT.has(outcome.status) ? "bad" : "good";
  if (outcome.kind === "client-gone") return undefined;
  return outcome.kind === "failed" && outcome.reason === "too-large" ? undefined : "bad";
}

/** How a request ends with an attempt; undefined when another one is due. */
function endOf(
  outcome: AttemptOutcome,
  { instance }: Upstream,
  { cut, course, retryRules }: Visit,
): Omit<Served, "attempts"> | undefined {
  if (outcome.kind === "failed") {
    const failed = cut?.refusal ?? course.failed(instance, outcome, retryRules);
    return failed && { end: "refused", refusal: failed, instance };
  }
  if (!cut || isWhole(outcome)) return { end: outcome.kind, instance };
  return { end: "cut", instance, cutBy: cut.reason };
}

/** Whether the upstream's answer was handed over to its end; a tunnel has none but the one it is given. */
const isWhole = (outcome: AttemptOutcome): boolean =>
  outcome.kind === "answered" && outcome.status !== 101;
