import { setTimeout as delay } from "node:timers/promises";
import { endpoints } from "@bastide/contracts";
import { atLeast, atMost, type Platform, type Row, until } from "../src/index.ts";

const EVERY_MS = 30;
/** What takes longer is taken for unanswered; it may have been done all the same. */
const CALL_MS = 2_000;

/** Names of what was acknowledged and is not there, or not as it was acknowledged. */
export function lostOf(
  acknowledged: ReadonlyMap<string, string>,
  listed: readonly { readonly name: string; readonly value?: string | undefined }[],
): readonly string[] {
  const there = new Map(listed.map(({ name, value }) => [name, value]));
  return [...acknowledged]
    .filter(([name, value]) => there.get(name) !== value)
    .map(([name]) => name);
}

/**
 * Sets one variable after another through the API, each of a name of its own, of an app that nothing runs of: no
 * change sets off a deployment. What failed may be tried by anyone again; what was acknowledged must be there at the end.
 */
export class AcknowledgedChanges {
  readonly #platform: Platform;
  readonly #target;
  readonly #acknowledged = new Map<string, string>();
  readonly #stopped = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(platform: Platform, app: string) {
    this.#platform = platform;
    this.#target = { organisation: "main", project: "main", app, environment: "production" };
  }

  async start(): Promise<this> {
    const api = await this.#platform.api();
    const signal = AbortSignal.timeout(CALL_MS);
    await api.call(endpoints.apps.put, { parameters: this.#target, signal });
    this.#loop = this.#run();
    return this;
  }

  /** Ends the changes and gives a row for what was lost of them, and one for that there were any. */
  async stop(what: string): Promise<Row[]> {
    this.#stopped.abort();
    await this.#loop;
    const listed = await until("the list of variables", () =>
      this.#listed().catch(() => undefined),
    );
    const lost = lostOf(this.#acknowledged, listed);
    return [
      atLeast(`${what}: changes acknowledged meanwhile`, "", this.#acknowledged.size, 1),
      atMost(`${what}: acknowledged changes lost`, "", lost.length, 0),
    ];
  }

  async #run(): Promise<void> {
    for (let n = 1; !this.#stopped.signal.aborted; n++) {
      await this.#set(`SETTING_${n}`, String(n)).catch(() => {});
      await delay(EVERY_MS, undefined, { signal: this.#stopped.signal }).catch(() => {});
    }
  }

  async #set(name: string, value: string): Promise<void> {
    const api = await this.#platform.api();
    const signal = AbortSignal.timeout(CALL_MS);
    const body = { set: { [name]: { value, secret: false } }, unset: [] };
    await api.call(endpoints.variables.change, { parameters: this.#target, body, signal });
    this.#acknowledged.set(name, value);
  }

  async #listed() {
    const api = await this.#platform.api();
    const signal = AbortSignal.timeout(CALL_MS);
    const { items } = await api.call(endpoints.variables.list, {
      parameters: this.#target,
      signal,
    });
    return items;
  }
}
