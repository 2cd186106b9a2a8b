import { Injectable } from "@nestjs/common";

/** A line of a deployment's log, numbered within the deployment. */
export interface FeedLine {
  readonly sequence: number;
  readonly at: Date;
  readonly phase: "build" | "start";
  readonly line: string;
}

export type FeedEvent =
  | { readonly type: "changed" }
  | { readonly type: "log"; readonly line: FeedLine };

type Listener = (event: FeedEvent) => void;

/** What happens to deployments, for those who follow one right now. Nothing is kept here: history is in the database. */
@Injectable()
export class DeploymentFeed {
  readonly #listeners = new Map<string, Set<Listener>>();

  emit(deployment: string, event: FeedEvent): void {
    for (const listener of this.#listeners.get(deployment) ?? []) listener(event);
  }

  /** Returns how to stop listening. */
  on(deployment: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(deployment) ?? new Set();
    this.#listeners.set(deployment, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(deployment);
    };
  }
}
