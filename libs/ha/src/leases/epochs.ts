/**
 * A lease store that was rebuilt has forgotten which epochs it granted, and some of them nobody else may have on
 * record. So each life of a store has a range of epochs of its own: the first epochs above `life * EPOCHS_PER_LIFE`.
 * An epoch is a safe integer for two million lives of four thousand million grants.
 */
export const EPOCHS_PER_LIFE: number = 2 ** 32;

/** The floor of the life after the one that the greatest of these epochs belongs to. */
export function seedFloor(knownEpochs: readonly number[]): number {
  const life = Math.floor(Math.max(0, ...knownEpochs) / EPOCHS_PER_LIFE);
  return (life + 1) * EPOCHS_PER_LIFE;
}

/** Whether a store whose seed is `floor` can have granted this epoch after it was seeded. */
export const isOfLife = (epoch: number, floor: number | undefined): boolean =>
  floor !== undefined && epoch > floor && epoch < floor + EPOCHS_PER_LIFE;

/**
 * Whether a store with this seed has to be seeded before any grant of it counts: it has none, or somebody knows of an
 * epoch beyond its life, since it was restored from a backup, or a seeding of a later life ended half-way.
 */
export const needsSeed = (floor: number | undefined, knownEpochs: readonly number[]): boolean =>
  floor === undefined || knownEpochs.some((epoch) => epoch >= floor + EPOCHS_PER_LIFE);
