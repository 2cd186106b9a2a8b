/** File descriptors for everything but requests: the program's own files, listeners, the control plane. */
const RESERVED = 100;

/**
 * How many clients may be connected when each may need a connection to an upstream as well, by the text of
 * /proc/self/limits (proc(5)); undefined when it does not say.
 */
export function connectionsFor(procLimits: string): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(procLimits)?.[1];
  return soft === undefined ? undefined : Math.max(1, Math.floor((Number(soft) - RESERVED) / 2));
}
