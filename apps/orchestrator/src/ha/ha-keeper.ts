import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from "@nestjs/common";
import { JsonLogger } from "@bastide/service-kit";
import { BRICKS, isRetired } from "../bricks/bricks.ts";
import { NodeDirectory } from "../nodes/node-directory.ts";
import { type NodeTenant, NodeTenants } from "../nodes/node-tenants.ts";
import { type Candidacy, isPaused, withoutRemoved } from "./domain/without-removed.ts";
import { type Change, HaChanges } from "./ha-changes.ts";
import { HaGroups } from "./ha-groups.ts";
import { HaObserved } from "./ha-observed.ts";
import type { HaServiceRow } from "./ha-service.row.ts";

const LOOK_EVERY_MS = 500;

/**
 * Keeps what is on record of services in step with the nodes and the bricks that there are: no removed node stays a
 * candidate, and no brick that the platform has no more stays wanted.
 */
@Injectable()
export class HaKeeper
  implements NodeTenant, OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  // oxlint-disable-next-line max-params -- what it compares, what it changes, and who asks it
  constructor(
    private readonly groups: HaGroups,
    private readonly observed: HaObserved,
    private readonly changes: HaChanges,
    private readonly directory: NodeDirectory,
    private readonly tenants: NodeTenants,
    private readonly logger: JsonLogger,
  ) {}

  onModuleInit(): void {
    this.tenants.register(this);
  }

  /** The nodes are read by now: an empty directory would make all of them look removed. */
  async onApplicationBootstrap(): Promise<void> {
    await this.directory.load();
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.look());
    }, LOOK_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  servicesOn(node: string): readonly string[] {
    return this.observed.servicesOn(node);
  }

  /** Nothing of it runs there; but its votes can be ended only by those who can say that nothing runs elsewhere either. */
  objection(node: string): string | undefined {
    for (const row of this.groups.rows.filter(({ candidates }) => candidates.includes(node))) {
      if (!isUnderLease(row)) continue;
      if (row.desired.kind === "frozen")
        return `${row.name} is frozen, and "${node}" votes on its lease; \`bastide ha thaw ${row.name}\` first`;
      const others = row.candidates.filter((other) => other !== node);
      const silent = this.observed.silentOf(others, row.name);
      if (silent.length > 0)
        return `"${node}" votes on the lease of ${row.name}, and can be left out only when every other candidate is heard of; ${silent.join(", ")} ${silent.length === 1 ? "is" : "are"} not: bring it back or remove it as well, or use --force, and "${node}" stays a candidate until then`;
    }
    return undefined;
  }

  async removed(node: string): Promise<void> {
    if (this.observed.servicesOn(node).length > 0) await this.groups.dismiss(node);
    this.observed.forget(node);
    // From here on nobody answers its votes.
    await this.groups.refresh();
    await this.look();
  }

  async look(): Promise<void> {
    for (const row of this.groups.rows.filter((one) => this.#mayChange(one)))
      await this.changes
        .change(row.name, (now) => now && this.#changeOf(now))
        .catch((error: unknown) =>
          this.logger.error("what is on record of a service cannot be put in step", {
            service: row.name,
            error,
          }),
        );
  }

  #mayChange(row: HaServiceRow): boolean {
    return row.candidates.some(this.#isRemoved) || isPaused(row) || isWantedNoMore(row);
  }

  readonly #isRemoved = (node: string): boolean => this.directory.get(node) === undefined;

  #changeOf(row: HaServiceRow): Change | undefined {
    const { name, candidates, version } = row;
    if (isWantedNoMore(row))
      return {
        wanted: { desired: { kind: "stopped" }, beforeFreeze: null, candidates },
        what: "stop, since the platform has it no more",
      };
    const seen: Candidacy = {
      wanted: row,
      isUnderLease: isUnderLease(row),
      isRemoved: this.#isRemoved,
      isHeard: this.observed.silentOf(candidates, name).length === 0,
      isOneGivenUp: this.observed.isOneGivenUp(candidates, name),
      isStopped: this.observed.isStoppedOn(candidates, name, Number(version)),
    };
    const wanted = withoutRemoved(seen);
    if (wanted === undefined) return undefined;
    const removed = candidates.filter(this.#isRemoved).join(", ");
    if (isPaused(wanted))
      return { wanted, what: `stop for a moment, so that ${removed} votes no more` };
    const isDone = wanted.candidates.length < candidates.length;
    return { wanted, what: isDone ? `go on without ${removed}` : "go on as before" };
  }
}

const isWantedNoMore = ({ name, desired, beforeFreeze }: HaServiceRow): boolean =>
  isRetired(name) && (desired.kind !== "stopped" || beforeFreeze !== null);

/** Of what the platform has no more, nobody knows; then it is handled with care. */
const isUnderLease = ({ name }: HaServiceRow): boolean =>
  BRICKS.find((brick) => brick.name === name)?.topology.kind !== "flex";
