import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { HaGroup, type HaReport } from "@bastide/contracts";
import type { Config } from "../config.ts";
import { nextIncarnation } from "../incarnation/incarnation.ts";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import { lockDirectory } from "../lock/directory-lock.ts";
import { rotateIfLarge } from "../logs/rotate.ts";
import { GuardDisk } from "./guard-disk.ts";
import { GuardNode } from "./guard-node.ts";
import { GuardSelf } from "./guard-self.ts";
import { MachineClock } from "./machine-clock.ts";
import { Peers } from "./peers.ts";
import { Reports, type ReportsOptions } from "./reports.ts";
import { Runs } from "./runs.ts";
import { Seldom } from "./seldom.ts";
import { StoreLink } from "./store-link.ts";

const LOOK_EVERY_MS = 100;
const RENEWED_EVERY_MS = 30_000;
const ROTATED_EVERY_MS = 1_000;
const STOP_MS = 30_000;

/** All parts of a guard: what it is told comes by a file that the agent writes, so that either may start first. */
export class GuardProgram {
  readonly #config: Config;
  readonly #journal: Journal;
  readonly #seldom: Seldom;
  readonly #self: GuardSelf;
  readonly #directory: string;
  readonly #peers: Peers;
  readonly #store: StoreLink;
  readonly #reports: Reports;
  readonly #runs: Runs;
  readonly #node: GuardNode;
  readonly #timers: NodeJS.Timeout[] = [];
  #group: HaGroup | undefined;
  /** Of others, as last heard: a control plane that has just started does not know them yet. */
  readonly #addresses = new Map<string, NonNullable<HaReport["address"]>>();
  #read = "";
  #address: HaReport["address"];

  private constructor(config: Config, journal: Journal, self: GuardSelf, incarnation: number) {
    this.#config = config;
    this.#journal = journal;
    this.#seldom = new Seldom(journal);
    this.#self = self;
    this.#directory = join(config.directory, "guard");
    this.#peers = this.#newPeers();
    this.#store = new StoreLink(self.client(), config.node, journal);
    this.#reports = this.#newReports(incarnation);
    this.#runs = this.#newRuns();
    this.#node = this.#newNode(incarnation);
  }

  /** Throws DirectoryInUse for a second one, and the file system's errors. */
  static async start(config: Config, journal: Journal): Promise<GuardProgram> {
    const directory = join(config.directory, "guard");
    await lockDirectory(directory);
    const file = join(directory, "incarnation.json");
    const incarnation = await nextIncarnation(file, Date.now(), (aside) =>
      journal.error("the record of starts was broken and is set aside", { file: aside }),
    );
    const program = new GuardProgram(config, journal, await GuardSelf.load(config), incarnation);
    await program.#begin();
    return program;
  }

  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#node.end(STOP_MS);
    this.#peers.close();
  }

  async #begin(): Promise<void> {
    await this.#look();
    this.#node.start();
    this.#every(LOOK_EVERY_MS, () => this.#look());
    this.#every(RENEWED_EVERY_MS, () => this.#renew());
    this.#every(ROTATED_EVERY_MS, () => this.#rotate());
    this.#journal.info("the guard is ready", { node: this.#config.node });
  }

  /** One round after the other; one that fails is said, and is no end. */
  #every(everyMs: number, round: () => Promise<void>): void {
    let running = Promise.resolve();
    const run = (): void => {
      running = running.then(round).catch((error: unknown) => this.#failed(error));
    };
    this.#timers.push(setInterval(run, everyMs));
  }

  #failed(error: unknown): void {
    this.#seldom.warn("a guard could not do what it is there for", { reason: reasonOf(error) });
  }

  /** What could not be taken up is looked at again. */
  async #look(): Promise<void> {
    const file = join(this.#directory, "group.json");
    // Two files of one moment have one time, and the second is not the first.
    const { ino, mtimeMs } = statSync(file);
    const version = `${ino} ${mtimeMs}`;
    if (version !== this.#read) {
      this.#apply(HaGroup.parse(JSON.parse(readFileSync(file, "utf8"))));
      this.#read = version;
    }
    // What runs here needs no other guard: it goes on where nobody can be listened to.
    await this.#listen().catch((error: unknown) => this.#failed(error));
  }

  /** Throws, having taken up nothing of it, for what no node could run. */
  #apply(group: HaGroup): void {
    this.#node.apply(group);
    this.#group = group;
    for (const { name, address } of group.members)
      if (address !== undefined) this.#addresses.set(name, address);
    this.#self.given(group.peer);
  }

  async #renew(): Promise<void> {
    await this.#self.refresh();
    this.#peers.renew();
  }

  async #rotate(): Promise<void> {
    for (const log of [join(this.#directory, "guard.log"), ...this.#runs.logs()])
      await rotateIfLarge(log);
  }

  /** The port after that of the node's own door, where that was chosen. */
  async #listen(): Promise<void> {
    const { host } = this.#self;
    if (this.#address !== undefined || host === undefined) return;
    const door = this.#config.joined?.listen.port ?? 0;
    this.#address = { host, port: await this.#peers.listen(host, door === 0 ? 0 : door + 1) };
    this.#journal.info("other guards reach this one", { ...this.#address });
  }

  #newPeers(): Peers {
    return new Peers({
      node: this.#config.node,
      credentials: () => this.#self.credentials,
      isMember: (name) => this.#group?.members.some((member) => member.name === name) === true,
      addressOf: (name) => this.#addresses.get(name),
      onMessage: (from, message) => this.#node.receive(from, message),
      onRefused: (reason) =>
        this.#seldom.warn("a connection to this node's guard was refused", { reason }),
    });
  }

  #newReports(incarnation: number): Reports {
    const send: ReportsOptions["send"] = (said, sequence) => {
      const address = this.#address;
      return this.#store.report({
        incarnation,
        sequence,
        ...said,
        ...(address ? { address } : {}),
      });
    };
    return new Reports({ send });
  }

  #newRuns(): Runs {
    return new Runs({
      directory: this.#directory,
      installation: this.#config.installation,
      node: this.#config.node,
      host: () => this.#self.host ?? "127.0.0.1",
      journal: this.#journal,
      onChange: () => this.#reports.changed(),
    });
  }

  #newNode(incarnation: number): GuardNode {
    return new GuardNode({
      node: this.#config.node,
      incarnation,
      clock: new MachineClock(),
      disk: new GuardDisk(this.#directory),
      runs: this.#runs,
      ask: (ask) => this.#store.ask(ask),
      transport: this.#peers,
      report: (said) => this.#reports.see(said),
      journal: this.#journal,
    });
  }
}
