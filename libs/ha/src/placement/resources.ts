/** What an instance is given room for. Whole numbers, so that adding and taking away leaves nothing behind. */
export interface Needs {
  /** Thousandths of a core. */
  readonly cpuMillis: number;
  /** MiB. */
  readonly memoryMb: number;
}

/** What there is, or is used: of a node, of a tenant. */
export interface Room extends Needs {
  readonly instances: number;
}

export const RESOURCES: readonly (keyof Room)[] = ["cpuMillis", "memoryMb", "instances"];

export const NO_ROOM: Room = { cpuMillis: 0, memoryMb: 0, instances: 0 };

/** The room that so many instances take. */
export const roomFor = (needs: Needs, instances: number): Room => ({
  cpuMillis: needs.cpuMillis * instances,
  memoryMb: needs.memoryMb * instances,
  instances,
});

export const plus = (a: Room, b: Room): Room => ({
  cpuMillis: a.cpuMillis + b.cpuMillis,
  memoryMb: a.memoryMb + b.memoryMb,
  instances: a.instances + b.instances,
});

export const minus = (a: Room, b: Room): Room => ({
  cpuMillis: a.cpuMillis - b.cpuMillis,
  memoryMb: a.memoryMb - b.memoryMb,
  instances: a.instances - b.instances,
});

/** The larger of each. */
export const largest = (a: Room, b: Room): Room => ({
  cpuMillis: Math.max(a.cpuMillis, b.cpuMillis),
  memoryMb: Math.max(a.memoryMb, b.memoryMb),
  instances: Math.max(a.instances, b.instances),
});

/** How full a node is, by the resource of which most is used: 0 empty, 1 full. Without any capacity it is full. */
export const fullness = (used: Room, capacity: Room): number =>
  Math.max(
    share(used.cpuMillis, capacity.cpuMillis),
    share(used.memoryMb, capacity.memoryMb),
    share(used.instances, capacity.instances),
  );

const share = (used: number, capacity: number): number => (capacity > 0 ? used / capacity : 1);
