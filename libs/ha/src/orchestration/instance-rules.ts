/** Whether a flex service of which so many run, or are about to, may have one more. */
export const mayAddInstance = (running: number, max: number): boolean => running < max;

/** Whether a flex service of which so many others serve can do without one before another takes its place. */
export const mayTakeInstance = (servingOthers: number, min: number): boolean =>
  servingOthers >= min;
