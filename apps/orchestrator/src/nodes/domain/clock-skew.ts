/** A node whose clock differs by more is not trusted with anything that ends by time. */
export const MOST_SKEW_MS = 30_000;

/** The fact and the fix; undefined while the clock is good enough. */
export function clockProblem(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) <= MOST_SKEW_MS) return undefined;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const direction = skewMs > 0 ? "ahead of" : "behind";
  return `its clock is ${seconds} s ${direction} the control plane's, and at most ${MOST_SKEW_MS / 1000} s are allowed: tokens end too early or too late there; run a time service on it, such as \`apt-get install systemd-timesyncd\``;
}
