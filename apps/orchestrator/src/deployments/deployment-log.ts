import { Injectable } from "@nestjs/common";
import { DataSource, MoreThan } from "typeorm";
import { DeploymentFeed, type FeedLine } from "./deployment-feed.ts";
import { DeploymentLogRow } from "./deployment-log.row.ts";

const PAUSE_MS = 100;
/** Of one deployment; a build that prints more is cut off here, and says so. */
const MOST_LINES = 20_000;
const MOST_CHARACTERS = 4_000;

interface OpenLog {
  sequence: number;
  pending: DeploymentLogRow[];
  flushing: Promise<void>;
  timer: NodeJS.Timeout | undefined;
}

/** The logs of deployments: lines go to those who follow at once, and to the database in batches. */
@Injectable()
export class DeploymentLog {
  readonly #open = new Map<string, OpenLog>();

  constructor(
    private readonly database: DataSource,
    private readonly feed: DeploymentFeed,
  ) {}

  /** Continues the numbering after what is recorded; needed once before the first `append`. */
  async begin(deployment: string): Promise<void> {
    const last = await this.database
      .getRepository(DeploymentLogRow)
      .maximum("sequence", { deploymentId: deployment });
    const log = { sequence: last ?? 0, pending: [], flushing: Promise.resolve(), timer: undefined };
    this.#open.set(deployment, log);
  }

  append(deployment: string, at: Date, phase: FeedLine["phase"], text: string): void {
    const log = this.#open.get(deployment);
    if (!log || log.sequence >= MOST_LINES) return;
    log.sequence += 1;
    const isLast = log.sequence === MOST_LINES;
    const line = isLast
      ? `The log is cut off here: it has ${MOST_LINES} lines.`
      : text.slice(0, MOST_CHARACTERS).replaceAll("\u0000", "");
    const entry = { sequence: log.sequence, at, phase, line };
    log.pending.push({ deploymentId: deployment, ...entry });
    this.feed.emit(deployment, { type: "log", line: entry });
    log.timer ??= setTimeout(() => void this.flush(deployment), PAUSE_MS);
  }

  /** Resolves when everything appended so far is recorded, or could not be. */
  flush(deployment: string): Promise<void> {
    const log = this.#open.get(deployment);
    if (!log) return Promise.resolve();
    clearTimeout(log.timer);
    log.timer = undefined;
    log.flushing = log.flushing.then(() => this.#save(log)).catch(() => undefined);
    return log.flushing;
  }

  async end(deployment: string): Promise<void> {
    await this.flush(deployment);
    this.#open.delete(deployment);
  }

  async read(deployment: string, after = 0): Promise<FeedLine[]> {
    await this.flush(deployment);
    return this.database.getRepository(DeploymentLogRow).find({
      where: { deploymentId: deployment, sequence: MoreThan(after) },
      order: { sequence: "ASC" },
    });
  }

  async #save(log: OpenLog): Promise<void> {
    const lines = log.pending;
    log.pending = [];
    if (lines.length === 0) return;
    const insert = this.database.createQueryBuilder().insert().into(DeploymentLogRow);
    await insert.values(lines).orIgnore().execute();
  }
}
