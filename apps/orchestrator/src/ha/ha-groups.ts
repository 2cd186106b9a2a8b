import type { ConfigSource } from "@bastide/config-stream";
import { type HaGroup, type HaReport, HaService } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import { describedService, isProgramBrick, type ProgramBrick } from "../bricks/brick.ts";
import { BRICKS, isRetired } from "../bricks/bricks.ts";
import { Config } from "../config.ts";
import { OwnPeer } from "../node-identity/own-peer.ts";
import { NodeDirectory } from "../nodes/node-directory.ts";
import { NodeStreams } from "../nodes/node-streams.ts";
import { asJson } from "../streams/json.ts";
import type { HaServiceRow } from "./ha-service.row.ts";
import { HaTruth, intentsOf } from "./ha-truth.ts";

/** How long a lease lasts: a machine that died has its services answered for again after this and a little more. */
export const TTL_MS = 2_000;
const LOOK_EVERY_MS = 1_000;
const GROUP_KEY = "ha/group";

/** What guards run; the others are the control plane's to keep. */
const PROGRAMS: ReadonlyMap<string, ProgramBrick> = new Map(
  BRICKS.filter(isProgramBrick).map((brick) => [brick.name, brick]),
);

type HaIntent = HaGroup["intents"]["intents"][string];
type Address = NonNullable<HaReport["address"]>;

/** Tells each node's guard what services there are, who may run them, and what is wanted; by the node's own stream. */
@Injectable()
export class HaGroups implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #addresses = new Map<string, Address>();
  /** By the stream, since a node that was removed and joins again has another. */
  readonly #told = new WeakMap<ConfigSource, string>();
  #rows: readonly HaServiceRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly truth: HaTruth,
    private readonly directory: NodeDirectory,
    private readonly streams: NodeStreams,
    private readonly peer: OwnPeer,
    private readonly logger: JsonLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => {
      void this.refresh().catch((error: unknown) =>
        this.logger.error("guards cannot be told what there is", { error }),
      );
    }, LOOK_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing;
  }

  get rows(): readonly HaServiceRow[] {
    return this.#rows;
  }

  /** The nodes that may take services now: those that report, with what they say of themselves. */
  members(): string[] {
    return this.directory
      .list()
      .filter(({ facts, liveness }) => facts !== undefined && liveness === "alive")
      .map(({ name }) => name);
  }

  mayHold(node: string, service: string): boolean {
    return this.#rows.some(({ name, candidates }) => name === service && candidates.includes(node));
  }

  isMember(node: string): boolean {
    return this.#rows.some(({ candidates }) => candidates.includes(node));
  }

  setAddress(node: string, address: Address | undefined): void {
    if (address !== undefined) this.#addresses.set(node, address);
  }

  /**
   * Reads what is wanted, and tells every node for which something changed. One after the other, so that no node is
   * told what was read before after what was read since; guards go by the version of the intents besides.
   */
  refresh(): Promise<void> {
    const refreshed = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = refreshed.catch(() => undefined);
    return refreshed;
  }

  async #refresh(): Promise<void> {
    this.#rows = await this.truth.rows();
    const candidates = new Set(this.#rows.flatMap((row) => row.candidates));
    const involved = [...candidates].filter((name) => this.directory.get(name) !== undefined);
    for (const name of involved) await this.#tell(name, involved);
  }

  /** The last that a removed node is told: there is nobody else, and nothing to run. */
  async dismiss(node: string): Promise<void> {
    const version = await this.truth.nextVersion();
    const group: HaGroup = {
      members: [{ name: node }],
      services: this.#services(),
      intents: { version, intents: Object.fromEntries(this.#rows.map(stopped)) },
      isCordoned: true,
      isDraining: true,
      ttlMs: TTL_MS,
    };
    this.streams.source(node).apply([{ key: GROUP_KEY, value: asJson(group) }]);
  }

  async #tell(node: string, involved: readonly string[]): Promise<void> {
    const members = involved.toSorted().map((name) => {
      const address = this.#addresses.get(name);
      return address === undefined ? { name } : { name, address };
    });
    const peer = node === this.config.node ? await this.#ownPeer() : undefined;
    const known = this.directory.get(node);
    const group: HaGroup = {
      members,
      services: this.#services(),
      // What is retired is described no more, and said to be stopped.
      intents: intentsOf(this.#rows.filter(({ name }) => PROGRAMS.has(name) || isRetired(name))),
      isCordoned: known?.isCordoned ?? false,
      isDraining: known?.isDraining ?? false,
      ttlMs: TTL_MS,
      ...(peer === undefined ? {} : { peer }),
    };
    const text = JSON.stringify(group);
    const source = this.streams.source(node);
    if (this.#told.get(source) === text) return;
    source.apply([{ key: GROUP_KEY, value: asJson(group) }]);
    this.#told.set(source, text);
  }

  #services(): HaService[] {
    return this.#rows.flatMap(({ name, candidates }) => {
      const brick = PROGRAMS.get(name);
      return brick === undefined ? [] : [this.#described(brick, candidates)];
    });
  }

  /** Throws for what no node could start: nobody is told then, and all goes on by what was told before. */
  #described(brick: ProgramBrick, candidates: readonly string[]): HaService {
    return HaService.parse(describedService(brick, { config: this.config }, candidates));
  }

  /** This machine's own node has not joined, and is known to other guards by what it is given here. */
  async #ownPeer(): Promise<HaGroup["peer"]> {
    const { nodesListen } = this.config;
    return nodesListen && { host: nodesListen.host, ...(await this.peer.get()) };
  }
}

const stopped = ({ name, intentId }: HaServiceRow): [string, HaIntent] => [
  name,
  { service: name, desired: { kind: "stopped" }, id: `${intentId}/removed` },
];
