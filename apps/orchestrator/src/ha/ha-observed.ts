import type { HaInstance, HaReport, HaResourceState } from "@bastide/contracts";
import { type CandidateReport, mayChangeSet } from "@bastide/ha";
import { Injectable } from "@nestjs/common";
import { NodeDirectory } from "../nodes/node-directory.ts";
import { HaEvents } from "./ha-events.ts";

const SILENT_MS = 10_000;
/** The worst of a service's resources is the service's state on the node. */
const BY_WEIGHT: readonly HaResourceState[] = [
  "failed",
  "stopping",
  "starting",
  "stopped",
  "started",
];

interface Seen {
  readonly report: HaReport;
  readonly atMs: number;
}

/** What guards say that they run. */
@Injectable()
export class HaObserved {
  readonly #seen = new Map<string, Seen>();
  readonly #sinceMs = Date.now();

  constructor(
    private readonly directory: NodeDirectory,
    private readonly events: HaEvents,
  ) {}

  /** False for one that is older than what is known. */
  report(node: string, report: HaReport): boolean {
    const before = this.#seen.get(node)?.report;
    if (before !== undefined && isOlder(report, before)) return false;
    this.#seen.set(node, { report, atMs: Date.now() });
    for (const { name, epoch } of report.services) {
      const earlier = before === undefined ? NOTHING : seenIn(before, name);
      const what = stateIn(report, name);
      if (what === earlier.state && epoch === earlier.epoch) continue;
      this.events.add({ service: name, node, what, ...(epoch === undefined ? {} : { epoch }) });
    }
    return true;
  }

  /** What of services runs there as far as is known: also where it is silent, unless another has taken it over since. */
  servicesOn(node: string): string[] {
    const services = this.#seen.get(node)?.report.services ?? [];
    return services.flatMap(({ name, epoch }) => {
      const isUp = stateIn({ services }, name) !== "stopped";
      return isUp && !(epoch !== undefined && epoch < this.#newest(name)) ? [name] : [];
    });
  }

  forget(node: string): void {
    this.#seen.delete(node);
  }

  #newest(service: string): number {
    return Math.max(0, ...Array.from(this.#seen.values(), (seen) => epochIn(seen, service)));
  }

  instances(service: string): HaInstance[] {
    const newest = this.#newest(service);
    return Array.from(this.#seen).flatMap(([node, seen]) => {
      const state = stateIn(seen.report, service);
      if (state === "stopped" || !this.directory.get(node)) return [];
      const epoch = seenIn(seen.report, service).epoch;
      // Under an earlier epoch it can run no more, whatever its node said last.
      const isPast = epoch !== undefined && epoch < newest;
      const isSilent = Date.now() - seen.atMs > SILENT_MS || !this.directory.isReachable(node);
      const isStale = isPast || isSilent;
      return [{ node, state, isStale, ...(epoch === undefined ? {} : { epoch }) }];
    });
  }

  /**
   * Whether every one of these nodes says, of intents of this version or a later one, that nothing of the service runs
   * there. Who was removed has no say: that it runs nothing is the word of whoever removed it.
   */
  isStoppedOn(nodes: readonly string[], service: string, version: number): boolean {
    return mayChangeSet(
      this.#asked(nodes).map((node) => this.#said(node, service)),
      version,
    );
  }

  /** Those of which nothing was heard lately, of what their guards run. */
  silentOf(nodes: readonly string[], service: string): string[] {
    return this.#asked(nodes).filter((node) => this.#said(node, service) === undefined);
  }

  /** Whether one has been silent for long: after a start of ours each has as long to speak. */
  isOneGivenUp(nodes: readonly string[], service: string): boolean {
    const hadTime = Date.now() - this.#sinceMs >= SILENT_MS;
    return hadTime && this.silentOf(nodes, service).length > 0;
  }

  #asked(nodes: readonly string[]): string[] {
    return nodes.filter((node) => this.directory.get(node) !== undefined);
  }

  #said(node: string, service: string): CandidateReport | undefined {
    const seen = this.#seen.get(node);
    if (seen === undefined || Date.now() - seen.atMs >= SILENT_MS) return undefined;
    const { report } = seen;
    return { version: report.version, isStopped: stateIn(report, service) === "stopped" };
  }
}

const NOTHING = { state: "stopped", epoch: undefined } as const;

const seenIn = (report: HaReport, name: string) => ({
  state: stateIn(report, name),
  epoch: report.services.find((one) => one.name === name)?.epoch,
});

const epochIn = ({ report }: Seen, service: string): number => seenIn(report, service).epoch ?? 0;

const isOlder = (one: HaReport, other: HaReport): boolean =>
  one.incarnation < other.incarnation ||
  (one.incarnation === other.incarnation && one.sequence <= other.sequence);

function stateIn({ services }: Pick<HaReport, "services">, name: string): HaResourceState {
  const states = Object.values(services.find((one) => one.name === name)?.resources ?? {});
  return BY_WEIGHT.find((state) => states.includes(state)) ?? "stopped";
}
