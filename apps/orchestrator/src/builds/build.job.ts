import { Injectable } from "@nestjs/common";
import { ApiError, hasEnded } from "@bastide/contracts";
import { DataSource, In } from "typeorm";
import { z } from "zod";
import { DeploymentFeed } from "../deployments/deployment-feed.ts";
import { DeploymentLog } from "../deployments/deployment-log.ts";
import { DeploymentRow } from "../deployments/deployment.row.ts";
import type { Failure } from "../deployments/domain/rollout.ts";
import { keyOf } from "../targets/target.ts";
import { Wakes } from "../targets/wakes.ts";
import type { Job } from "../jobs/jobs.ts";
import { AgentBuilds, type BuildOutcome } from "./agent-builds.ts";
import { BuildRow } from "./build.row.ts";

const Payload = z.object({ deployment: z.string() });
const LAST_LINES = 30;

type Attempt = Parameters<Job>[1];

/** Runs a deployment's build on a node and records how it ended. Run twice it builds twice, and the first result stays. */
@Injectable()
export class BuildJob {
  constructor(
    private readonly database: DataSource,
    private readonly builds: AgentBuilds,
    private readonly log: DeploymentLog,
    private readonly feed: DeploymentFeed,
    private readonly wakes: Wakes,
  ) {}

  async run(payload: unknown, attempt: Attempt): Promise<void> {
    const { deployment: id } = Payload.parse(payload);
    const deployment = await this.database.getRepository(DeploymentRow).findOneBy({ id });
    if (!deployment || hasEnded(deployment.phase)) return;
    const [isBegun] = await Promise.all([this.#begin(id), this.log.begin(id)]);
    if (!isBegun) return this.log.end(id);
    const ended = new AbortController();
    const off = this.#watch(id, ended);
    try {
      await this.#attempt(deployment, {
        ...attempt,
        signal: AbortSignal.any([attempt.signal, ended.signal]),
      });
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    } finally {
      off();
      await this.log.end(id);
    }
  }

  /** False when it has ended already: the job was run once more after its result was recorded. */
  async #begin(deploymentId: string): Promise<boolean> {
    const builds = this.database.getRepository(BuildRow);
    const where = { deploymentId, state: In(["queued", "running"]) };
    const { affected } = await builds.update(where, { state: "running", startedAt: new Date() });
    return affected !== 0;
  }

  /** Gives the build up when its deployment ends without it. */
  #watch(id: string, ended: AbortController): () => void {
    const deployments = this.database.getRepository(DeploymentRow);
    const check = async (): Promise<void> => {
      const row = await deployments.findOneBy({ id });
      if (!row || hasEnded(row.phase)) ended.abort(new Error("the deployment has ended"));
    };
    return this.feed.on(id, (event) => {
      if (event.type === "changed") check().catch(() => undefined);
    });
  }

  async #attempt(deployment: DeploymentRow, attempt: Attempt): Promise<void> {
    const lines: string[] = [];
    const print = (at: Date, line: string): void => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      this.log.append(deployment.id, at, "build", line);
    };
    const outcome = await this.#tryBuild(deployment, attempt, print);
    await Promise.all([this.log.flush(deployment.id), this.#record(deployment.id, outcome, lines)]);
    this.wakes.wake([keyOf(deployment)]);
  }

  /** Rethrows what another attempt may mend. */
  async #tryBuild(
    deployment: DeploymentRow,
    { signal, isLast }: Attempt,
    print: (at: Date, line: string) => void,
  ): Promise<BuildOutcome> {
    try {
      return await this.builds.run(deployment, print, signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      const isFinal = error instanceof ApiError && error.problem.status < 500;
      if (!isFinal && !isLast) {
        print(new Date(), `The build was interrupted (${reason}); it is tried again.`);
        throw error;
      }
      const code = isFinal ? error.code : "node-unavailable";
      return { state: "failed", code, message: `The build could not be run: ${reason}` };
    }
  }

  async #record(
    deploymentId: string,
    outcome: BuildOutcome,
    lastLogs: readonly string[],
  ): Promise<void> {
    const endedAt = new Date();
    const builds = this.database.getRepository(BuildRow);
    const where = { deploymentId, state: "running" as const };
    if (outcome.state === "succeeded") {
      const { result, reproducible, node } = outcome;
      await builds.update(where, { state: "succeeded", result, reproducible, node, endedAt });
      return;
    }
    const { code, message } = outcome;
    const failure: Failure = { code, message, lastLogs };
    await builds.update(where, {
      state: "failed",
      failure: { ...failure, lastLogs: [...lastLogs] },
      endedAt,
    });
  }
}
