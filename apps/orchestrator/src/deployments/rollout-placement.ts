import { JsonLogger } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { placementFailure } from "../placement/domain/refused.ts";
import { type FoundPlaces, Placement } from "../placement/placement.ts";
import type { TargetKey } from "../targets/target.ts";
import type { Action, Failure, Member, Rollout } from "./domain/rollout.ts";
import type { RecordedRollout } from "./records/rollout-store.ts";

type Start = Extract<Action, { type: "start" }>;

/** A plan of which every start has its nodes. */
export interface PlacedPlan {
  readonly actions: readonly Action[];
  /** Instances lack a place: to be looked at again, since a node may come or room become free. */
  readonly isWaiting: boolean;
  /** To be called when the actions are recorded, or will not be. */
  readonly release: () => void;
}

/** Finds the nodes of what a rollout starts, and says which of its instances are where they may not be. */
@Injectable()
export class RolloutPlacement {
  /** What was last said of targets that wait, so that it is said once. */
  readonly #said = new Map<TargetKey, string>();

  constructor(
    private readonly placement: Placement,
    private readonly logger: JsonLogger,
  ) {}

  /**
   * A start without a place fails its deployment while that only starts; later, or without a deployment, what has a place
   * is started and the rest waits. Nothing that runs is touched.
   */
  async place(
    key: TargetKey,
    { rollout, target }: RecordedRollout,
    planned: readonly Action[],
  ): Promise<PlacedPlan> {
    const starts = planned.filter((action) => action.type === "start");
    if (starts.length === 0)
      return { actions: planned, isWaiting: false, release: () => undefined };
    const { places, release } = await this.placement.place(key, starts);
    const failures = starts.flatMap((start, at) => failureOf(start, places[at], target?.app ?? ""));
    const fatal = failures.find(({ start }) => isOfStarting(start, rollout));
    if (fatal) {
      release();
      return { actions: failing(planned, fatal), isWaiting: false, release: () => undefined };
    }
    this.#say(key, failures.map(({ failure }) => failure.message).join(" "));
    const actions = planned.flatMap((action): readonly Action[] =>
      action.type === "start" ? withNodes(action, places[starts.indexOf(action)]) : [action],
    );
    return { actions, isWaiting: failures.length > 0, release };
  }

  /** What is where it may not be counts as being drained: others are started where it may, and then it leaves. */
  async judged(key: TargetKey, recorded: RecordedRollout): Promise<RecordedRollout> {
    const nodes = new Map(recorded.instances.map(({ id, node }) => [id, node]));
    const unsuited = await this.placement.unsuited(key, [...new Set(nodes.values())]);
    if (unsuited.size === 0) return recorded;
    const members = recorded.rollout.members.map((member) =>
      unsuited.has(nodes.get(member.id) ?? "") ? leaving(member) : member,
    );
    return { ...recorded, rollout: { ...recorded.rollout, members } };
  }

  #say(key: TargetKey, message: string): void {
    const isNews = message !== (this.#said.get(key) ?? "");
    if (message === "") this.#said.delete(key);
    else this.#said.set(key, message);
    if (isNews && message !== "")
      this.logger.warn("instances wait for a place", { target: key, message });
  }
}

const leaving = (member: Member): Member =>
  member.node === "lost" ? member : { ...member, node: "leaving" };

function failureOf(
  start: Start,
  found: FoundPlaces | undefined,
  app: string,
): { readonly start: Start; readonly failure: Failure }[] {
  const unplaced = found?.unplaced;
  return unplaced ? [{ start, failure: placementFailure(start.process, app, unplaced) }] : [];
}

const isOfStarting = (
  { generation }: Start,
  { deployment }: Pick<Rollout, "deployment">,
): boolean => deployment?.phase === "starting" && deployment.generation?.id === generation;

/** All but the starts of what fails, and its end, unless it ends already. */
function failing(
  planned: readonly Action[],
  { start, failure }: { readonly start: Start; readonly failure: Failure },
): Action[] {
  const others = planned.filter(
    (action) => action.type !== "start" || action.generation !== start.generation,
  );
  if (others.some(({ type }) => type === "finish")) return others;
  return [{ type: "finish", outcome: "failed", failure }, ...others];
}

function withNodes(start: Start, found: FoundPlaces | undefined): Start[] {
  const nodes = found?.nodes ?? [];
  return nodes.length > 0 ? [{ ...start, count: nodes.length, nodes }] : [];
}
