import type { PlacementSettings } from "@bastide/contracts";

/** What is said of each app of one environment, by its name. */
export type SaidOf = ReadonlyMap<string, PlacementSettings>;

/** A process of an app; of the app that is looked at itself all of them, since what is said of it holds for each. */
interface Part {
  readonly app: string;
  readonly process: string | undefined;
}

interface Reached extends Part {
  /** By which steps the app has to be where this runs: "shop has to be with cache". */
  readonly because: readonly string[];
}

/**
 * Why no node at all, whatever it has and whatever runs, could ever take an instance of the app: in words that name the
 * two that contradict each other; undefined where some node could. Hard affinities count only, a wish forbids nothing.
 * What the nodes that are there have is another question, which the next deployment answers.
 */
export function contradictionOf(app: string, said: SaidOf): string | undefined {
  const own = hard(said, app).find((affinity) => affinity.app === app);
  if (own !== undefined)
    return `${app} cannot be ${own.kind} ${textOf(own)}, which is itself: what is said of an app holds for each of its processes; for at most one on each node say --spread host=1`;
  const parts = reachedFrom(app, said);
  const back = parts.slice(1).find((part) => part.app === app);
  if (back !== undefined)
    return `${back.because.join(", and ")}: each would wait for the other, and none could be the first`;
  return apartInside(parts, said) ?? labelsInside(parts, said);
}

/** Each part that has to be on the node of an instance of the app, that one first. */
function reachedFrom(app: string, said: SaidOf): readonly Reached[] {
  const parts: Reached[] = [{ app, process: undefined, because: [] }];
  // It grows while it is gone through, by what was not there before.
  for (const part of parts)
    for (const other of hard(said, part.app).filter(({ kind }) => kind === "with"))
      if (!parts.some((known) => known.app === other.app && known.process === other.process))
        parts.push({
          ...other,
          because: [...part.because, `${textOf(part)} has to be with ${textOf(other)}`],
        });
  return parts;
}

function apartInside(parts: readonly Reached[], said: SaidOf): string | undefined {
  for (const part of parts)
    for (const other of hard(said, part.app).filter(({ kind }) => kind === "apart")) {
      const near = parts.find((known) => covers(known, other));
      if (near !== undefined)
        return `${reasons(part, near)}, and ${textOf(part)} is kept apart from ${textOf(other)}`;
    }
  return undefined;
}

function labelsInside(parts: readonly Reached[], said: SaidOf): string | undefined {
  for (const [at, part] of parts.entries())
    for (const [label, value] of Object.entries(said.get(part.app)?.labels ?? {}))
      for (const other of parts.slice(0, at)) {
        const wanted = said.get(other.app)?.labels?.[label];
        if (wanted !== undefined && wanted !== value)
          return `${reasons(part, other)}, and ${textOf(other)} needs a node with ${label}=${wanted}, ${textOf(part)} one with ${label}=${value}`;
      }
  return undefined;
}

const hard = (said: SaidOf, app: string) =>
  (said.get(app)?.affinities ?? []).filter((affinity) => affinity.hard);

const covers = (part: Part, { app, process }: Part): boolean =>
  part.app === app && (part.process === undefined || part.process === process);

const reasons = (one: Reached, other: Reached): string =>
  [...new Set([...one.because, ...other.because])].join(", and ");

const textOf = ({ app, process }: Part): string =>
  process === undefined || process === "web" ? app : `${app}/${process}`;
