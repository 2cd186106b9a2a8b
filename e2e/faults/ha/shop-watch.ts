import { setTimeout as delay } from "node:timers/promises";
import type { GatewayUpstream, Instance } from "@bastide/contracts";
import {
  commandGateway,
  controlSocketOf,
  failed,
  Load,
  type Sample,
  until,
} from "../../src/index.ts";
import { atLeastSo, counted, type Finding, never, within } from "./finding.ts";
import type { HaNode } from "./ha-nodes.ts";
import type { World } from "./world.ts";

/** Through all gateways together; the two services' two hundred go on beside it. */
const PER_SECOND = 100;
/** The gateway follows within a second. */
const FOLLOWS_MS = 1_000;
/** A round takes several seconds. */
const LEAST_REQUESTS = 3 * PER_SECOND;
const LOOK_EVERY_MS = 50;
const GIVE_UP_MS = 20_000;

/** A gateway on a machine that lives on, and the load that it carries. */
interface Watched {
  readonly socket: string;
  readonly load: Load;
  /** When it was first seen to choose none of the dead machine's instances any more. */
  leftMs: number | undefined;
}

/** The tenant's app while a machine dies: what clients see through each gateway that lives on, and when those follow. */
export class ShopWatch implements AsyncDisposable {
  /** The app's instances on the machine that is about to die. */
  readonly doomed: readonly Instance[];
  readonly #world: World;
  readonly #known: ReadonlySet<string>;
  readonly #gateways: readonly Watched[];
  readonly #stopped = new AbortController();
  readonly #looks: Promise<unknown>;
  /** What the control plane had not said yet when it was asked at this time, and then said: a bound from below. */
  #silentMs: number | undefined;
  #ready: { readonly instance: string; readonly atMs: number } | undefined;

  private constructor(
    world: World,
    holder: HaNode,
    all: readonly Instance[],
    gateways: readonly Watched[],
  ) {
    this.#world = world;
    this.doomed = all.filter(({ node }) => node === holder.name);
    this.#known = new Set(all.map(({ id }) => id));
    this.#gateways = gateways;
    this.#looks = Promise.all([
      this.#lookAtControlPlane(),
      ...gateways.map((gateway) => this.#lookAtGateway(gateway)),
    ]);
    // What a look could not do is said when they end.
    this.#looks.catch(() => {});
  }

  static async start(world: World, holder: HaNode): Promise<ShopWatch> {
    const all = await world.shop.instances();
    const living = [...(await world.shop.gateways())].filter(([node]) => node !== holder.name);
    const sockets = await Promise.all(living.map(([node]) => socketOn(world, node)));
    const { port } = world.platform;
    const gateways = living.map(([, address], index) => ({
      socket: sockets[index] ?? "",
      leftMs: undefined,
      load: new Load({
        address,
        port,
        host: `${world.shop.app}.localhost:${port}`,
        requestsPerSecond: PER_SECOND / living.length,
      }).start(),
    }));
    return new ShopWatch(world, holder, all, gateways);
  }

  /** Until an instance that was not there before is ready, each gateway has answered by it and left the dead ones. */
  async replaced(): Promise<void> {
    const isFollowed = (gateway: Watched): boolean =>
      gateway.leftMs !== undefined && this.#usedMs(gateway) !== undefined;
    const all = until("each gateway follows", () => this.#gateways.every(isFollowed), {
      deadlineMs: GIVE_UP_MS,
    });
    // Which of it did not happen is among the findings, beside what clients saw of it.
    await all.catch(() => undefined);
  }

  /** `diedMs`: when nothing ran on the machine any more. */
  async findings(diedMs: number): Promise<readonly Finding[]> {
    const samples = await this.#stop();
    const wrong = samples.filter(failed);
    // None could begin there later. A client that got half an answer cannot be given another.
    const cut = wrong.filter(({ begun, startedAtMs }) => begun && startedAtMs < diedMs);
    return [
      atLeastSo("instances of the app on the machine when it died", this.doomed.length, 1),
      atLeastSo(
        "requests to the app through the gateways that lived on",
        samples.length,
        LEAST_REQUESTS,
      ),
      never(
        "requests to the app that failed, the gateway having tried again what it may",
        wrong.length - cut.length,
      ),
      counted("answers of the app that had begun on the machine, and broke off", cut.length),
      this.#follows(
        "from the machine being given up until no gateway chose it",
        this.#silentMs,
        ({ leftMs }) => leftMs,
      ),
      this.#follows(
        "from a replacement being ready until each gateway answered by it",
        this.#ready?.atMs,
        (gateway) => this.#usedMs(gateway),
      ),
    ];
  }

  #follows(
    what: string,
    fromMs: number | undefined,
    toMs: (gateway: Watched) => number | undefined,
  ): Finding {
    const notYet = Number.POSITIVE_INFINITY;
    const times = this.#gateways.map((gateway) => (toMs(gateway) ?? notYet) - (fromMs ?? -notYet));
    return within(what, Math.max(0, ...times), FOLLOWS_MS);
  }

  /** When a client had the first answer of the new instance through this gateway. */
  #usedMs({ load }: Watched): number | undefined {
    const instance = this.#ready?.instance;
    if (instance === undefined) return undefined;
    const first = load.samples.find(({ body }) => body.includes(instance));
    return first && first.startedAtMs + first.latencyMs;
  }

  async #lookAtControlPlane(): Promise<void> {
    let beforeMs = performance.now();
    while (!this.#stopped.signal.aborted) {
      const askedMs = performance.now();
      const all = await this.#world.shop.instances().catch(() => undefined);
      if (all !== undefined) {
        this.#note(all, beforeMs);
        beforeMs = askedMs;
      }
      await this.#pause();
    }
  }

  #note(all: readonly Instance[], beforeMs: number): void {
    const doomed = new Set(this.doomed.map(({ id }) => id));
    if (all.some(({ id, nodeLiveness }) => doomed.has(id) && nodeLiveness !== undefined))
      this.#silentMs ??= beforeMs;
    const fresh = all.find(
      ({ id, observed }) => !this.#known.has(id) && observed?.phase === "ready",
    );
    if (fresh !== undefined) this.#ready ??= { instance: fresh.id, atMs: beforeMs };
  }

  async #lookAtGateway(gateway: Watched): Promise<void> {
    const doomed = new Set(this.doomed.map(({ id }) => id));
    let hasChosen = false;
    while (!this.#stopped.signal.aborted && gateway.leftMs === undefined) {
      const upstreams = await commandGateway<readonly GatewayUpstream[]>(gateway.socket, {
        command: "list",
        what: "upstreams",
      });
      const chooses = upstreams.some(({ instance, weight }) => doomed.has(instance) && weight > 0);
      hasChosen ||= chooses;
      if (hasChosen && !chooses) gateway.leftMs = performance.now();
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await delay(LOOK_EVERY_MS, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }

  async #stop(): Promise<readonly Sample[]> {
    this.#stopped.abort();
    await this.#looks;
    const loads = await Promise.all(this.#gateways.map(({ load }) => load.stop()));
    return loads.flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

async function socketOn({ platform, nodes }: World, node: string): Promise<string> {
  const further = nodes.find(({ name }) => name === node);
  const socket = await controlSocketOf(further?.directory ?? `${platform.home}/agent`);
  if (socket === undefined) throw new Error(`no gateway runs on ${node}`);
  return socket;
}
