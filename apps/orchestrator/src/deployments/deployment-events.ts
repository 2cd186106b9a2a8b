import { Injectable } from "@nestjs/common";
import { type Deployment, type DeploymentEvent, hasEnded } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { EventQueue } from "../streams/event-queue.ts";
import type { Target } from "../targets/target.ts";
import { DeploymentFeed, type FeedEvent, type FeedLine } from "./deployment-feed.ts";
import { DeploymentLog } from "./deployment-log.ts";
import { DeploymentsService } from "./deployments.service.ts";
import { StartLogs } from "./start-logs.ts";

/** A deployment as it goes: its state, the log so far, then every line and every change until it ends. */
@Injectable()
export class DeploymentEvents {
  constructor(
    private readonly feed: DeploymentFeed,
    private readonly log: DeploymentLog,
    private readonly deployments: DeploymentsService,
    private readonly startLogs: StartLogs,
  ) {}

  async *follow(
    target: Target,
    deployment: string,
    signal: AbortSignal,
  ): AsyncGenerator<DeploymentEvent> {
    const queue = new EventQueue<FeedEvent>();
    const ended = new AbortController();
    const whole = AbortSignal.any([signal, ended.signal]);
    // Listening begins before the history is read, so that nothing falls between the two.
    const off = this.feed.on(deployment, (event) => queue.push(event));
    try {
      yield* this.#events(target, deployment, queue, whole);
    } finally {
      off();
      ended.abort();
    }
  }

  async *#events(
    target: Target,
    deployment: string,
    queue: EventQueue<FeedEvent>,
    signal: AbortSignal,
  ): AsyncGenerator<DeploymentEvent> {
    let state = await this.deployments.get(target, deployment);
    yield stateEvent(state);
    const history = await this.log.read(deployment);
    yield* history.map(logEvent);
    if (hasEnded(state.phase)) return;
    this.startLogs.follow(deployment, (event) => queue.push(event), signal);
    const last = history.at(-1)?.sequence ?? 0;
    for await (const event of queue.read(signal)) {
      if (event.type === "log") {
        if (isNew(event.line, last)) yield logEvent(event.line);
        continue;
      }
      const now = await this.deployments.get(target, deployment).catch(ifDeleted);
      yield* news(state, now);
      if (!now || hasEnded(now.phase)) return;
      state = now;
    }
  }
}

/** The app or the environment was deleted with it: there is nothing more to tell. */
function ifDeleted(error: unknown): undefined {
  if (!(error instanceof ProblemError) || error.code !== "not-found") throw error;
}

/** What a follower is told of a change: phases and the release's version; the rest is in the same event. */
const news = (before: Deployment, now: Deployment | undefined): DeploymentEvent[] =>
  now && (now.phase !== before.phase || now.version !== before.version) ? [stateEvent(now)] : [];

/** Not among the recorded lines up to `last`; lines numbered 0 are never recorded. */
const isNew = ({ sequence }: FeedLine, last: number): boolean => sequence === 0 || sequence > last;

const stateEvent = (deployment: Deployment): DeploymentEvent => ({
  type: "deployment",
  deployment,
});

const logEvent = ({ at, phase, line }: FeedLine): DeploymentEvent => ({
  type: "log",
  at: at.toISOString(),
  phase,
  line,
});
