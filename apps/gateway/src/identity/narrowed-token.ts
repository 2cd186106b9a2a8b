import { type Biscuit, block } from "@bastide/biscuit";
import { BoundedMap } from "../authorization/bounded-map.ts";
import type { Caller } from "../authorization/caller.ts";

/** How long an app may use what it was given: a request's time, not a session's. */
const LIFETIME_MS = 60_000;
/** One that is handed out lasts at least this long. */
const LEAST_LEFT_MS = 30_000;
/** Per token: hosts and methods that it is used with. */
const MOST = 64;

interface Narrowed {
  readonly text: string;
  readonly untilMs: number;
}

/** What a request is narrowed to. */
export interface NarrowTo {
  readonly host: string;
  readonly method: string;
}

/**
 * The caller's token as the app gets it: of use for nothing but this app, on this host, with this method, for a minute.
 * Narrowed offline, as anybody could; kept, since it costs a signature.
 */
export class NarrowedTokens {
  readonly #made = new WeakMap<Biscuit, BoundedMap<Narrowed>>();

  of({ known, policy }: Caller, { host, method }: NarrowTo, nowMs: number): string {
    const { token } = known;
    const made = this.#made.get(token) ?? new BoundedMap<Narrowed>(MOST);
    this.#made.set(token, made);
    const key = `${method} ${host} ${policy.app ?? ""} ${policy.environment ?? ""}`;
    const before = made.get(key);
    if (before && before.untilMs - nowMs >= LEAST_LEFT_MS) return before.text;
    const narrowed = narrow(token, policy, { host, method }, nowMs + LIFETIME_MS);
    made.set(key, narrowed);
    return narrowed.text;
  }
}

function narrow(
  token: Biscuit,
  { app, environment }: Caller["policy"],
  { host, method }: NarrowTo,
  untilMs: number,
): Narrowed {
  const until = new Date(Math.floor(untilMs / 1000) * 1000);
  // The platform's own routes belong to no app.
  const checks =
    app === undefined || environment === undefined
      ? block`check if host(${host}); check if method(${method}); check if time($t), $t < ${until};`
      : block`check if app(${app}); check if environment(${environment}); check if host(${host}); check if method(${method}); check if time($t), $t < ${until};`;
  return { text: token.attenuate(checks).toString(), untilMs: until.getTime() };
}
