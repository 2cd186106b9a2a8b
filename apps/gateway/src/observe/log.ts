/** Writes one line of JSON. Values are facts; never a query string, a header's value or a token. */
export type Log = (
  level: "info" | "warn" | "error",
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;

export function logTo(write: (line: string) => void): Log {
  return (level, message, facts = {}) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...facts })}\n`);
}
