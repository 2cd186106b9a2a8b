import type { Authorizer } from "./authorization/authorizer.ts";
import type { Caller } from "./authorization/caller.ts";
import { cookieValue, stickyCookie, stickyTag } from "./balance/sticky.ts";
import { CutShort } from "./exchange/cut-short.ts";
import { type Exchange, isRepeatable, isSecure } from "./exchange/exchange.ts";
import { admit, type Passage } from "./gates/admission.ts";
import type { HeaderEdit } from "./headers/header-edit.ts";
import type { RouteState, RouteStates } from "./limits/route-states.ts";
import { isRefusal, type Refusal, refusal } from "./refusals/refusal.ts";
import { Course, DEFAULT_RETRIES, type RetryRules } from "./retry/course.ts";
import type { CompiledRoute } from "./table/compiled-route.ts";
import type { HttpsFacts } from "./tls/admission.ts";
import type { ClientIdentity } from "./tls/client-identity.ts";

export interface VisitParts {
  readonly exchange: Exchange;
  readonly states: RouteStates;
  readonly authorizer: Authorizer;
  readonly https: HttpsFacts;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

/**
 * One request at its route: what it was let in by, and until when. A request that waits while the table changes is
 * judged again by the settings that then hold, so that none reaches an upstream under settings it never met.
 */
export class Visit {
  readonly course: Course;
  readonly #parts: VisitParts;
  readonly #deadline = new AbortController();
  #route: CompiledRoute | undefined;
  #passages: readonly Passage[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: (() => void) | undefined;
  #epoch = 0;

  constructor(parts: VisitParts) {
    const { exchange } = parts;
    this.#parts = parts;
    this.course = new Course(exchange.host, isRepeatable(exchange));
  }

  /** The route that the request was last let in by: whose pages it is answered with. */
  get route(): CompiledRoute | undefined {
    return this.#route;
  }

  /** Aborted with a CutShort when the request may not go on: its time is over, or its token is good no more. */
  get deadline(): AbortSignal {
    return this.#deadline.signal;
  }

  /** Who asks, where the route has a policy. */
  get caller(): Caller | undefined {
    return this.#passages.find(({ caller }) => caller !== undefined)?.caller;
  }

  /** Who the client proved to be, where the route asks for a certificate. */
  get client(): ClientIdentity | undefined {
    return this.#passages.find(({ client }) => client !== undefined)?.client;
  }

  /**
   * Lets the request in, or says why not. Asks once as long as the route's settings stay the same and nothing changed in
   * which tokens are good. A promise only where a gate needs time.
   */
  enter(route: CompiledRoute): Refusal | undefined | Promise<Refusal | undefined> {
    if (this.#isIn(route)) return undefined;
    this.#route = route;
    this.#leavePassages();
    const { exchange, states, authorizer, https } = this.#parts;
    this.#epoch = authorizer.trust.epoch;
    const nowMs = this.#now();
    const state = (): RouteState => states.of(route.key);
    const verdict = admit({ exchange, route, authorizer, https, state, nowMs });
    return verdict instanceof Promise
      ? verdict.then((later) => this.#entered(route, later))
      : this.#entered(route, verdict);
  }

  #isIn(route: CompiledRoute): boolean {
    const before = this.#route;
    if (before?.key !== route.key || before.settings !== route.settings) return false;
    return !route.policy || this.#epoch === this.#parts.authorizer.trust.epoch;
  }

  #entered(route: CompiledRoute, verdict: readonly Passage[] | Refusal): Refusal | undefined {
    if (isRefusal(verdict)) return verdict;
    this.#passages = verdict;
    this.#watch();
    if (route.settings.retries) this.#parts.states.of(route.key).retries.request(this.#now());
    this.#arm(route.settings.limits?.totalSeconds);
    return undefined;
  }

  /** Why the request may not go on; undefined as long as it may. */
  get cut(): CutShort | undefined {
    return CutShort.of(this.deadline);
  }

  get retryRules(): RetryRules {
    const { key = "", settings } = this.#route ?? {};
    if (!settings?.retries) return DEFAULT_RETRIES;
    const { attempts, budgetPercent } = settings.retries;
    const { retries } = this.#parts.states.of(key);
    return { attempts, tryRetry: () => retries.tryRetry(budgetPercent, this.#now()) };
  }

  /** How the answer of an instance is changed on its way to the client; undefined when it is not. */
  editFor(instance: string): HeaderEdit | undefined {
    const { responseHeaders, stickyCookie: cookie } = this.#route?.settings ?? {};
    const suggest = Object.assign({}, ...this.#passages.map(({ headers }) => headers));
    const append = cookie === undefined ? [] : this.#cookieFor(cookie, instance);
    if (!responseHeaders && append.length === 0 && Object.keys(suggest).length === 0)
      return undefined;
    return { remove: [], set: {}, ...responseHeaders, suggest, append };
  }

  /** The request is over. */
  close(): void {
    clearTimeout(this.#timer);
    this.#leavePassages();
  }

  #cookieFor(name: string, instance: string): readonly (readonly [string, string])[] {
    const { request } = this.#parts.exchange;
    if (cookieValue(request.headers.cookie, name) === stickyTag(instance)) return [];
    return [["Set-Cookie", stickyCookie(name, instance, isSecure(request))]];
  }

  #arm(totalSeconds: number | undefined): void {
    clearTimeout(this.#timer);
    if (totalSeconds === undefined) return;
    const leftMs = this.#parts.exchange.startedAtMs + totalSeconds * 1000 - this.#now();
    const detail = `the request was not answered within ${totalSeconds} s`;
    const end = () =>
      this.#deadline.abort(new CutShort("time", refusal("gateway-timeout", detail)));
    this.#timer = setTimeout(end, Math.max(0, leftMs));
  }

  /** Ends the request with the token that let it in. */
  #watch(): void {
    const { authorizer, exchange } = this.#parts;
    const { caller } = this;
    if (!caller) return;
    const end = (cut: CutShort): void => this.#deadline.abort(cut);
    this.#stopWatching = authorizer.watch(caller, exchange.host, end);
  }

  #now(): number {
    return this.#parts.now();
  }

  #leavePassages(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    for (const { leave } of this.#passages) leave?.();
    this.#passages = [];
  }
}
