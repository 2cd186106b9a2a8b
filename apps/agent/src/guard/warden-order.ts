/** What a guard tells a warden, a line of JSON each. Times are milliseconds by the boot time clock. */
export type WardenOrder =
  | {
      readonly kind: "run";
      readonly command: readonly string[];
      readonly directory: string;
      readonly environment: Readonly<Record<string, string>>;
      /** Absent for what needs no lease. */
      readonly untilMs?: number;
    }
  | { readonly kind: "until"; readonly untilMs: number }
  | { readonly kind: "stop"; readonly graceMs: number };

/** And what it hears back. */
export type WardenWord =
  | { readonly kind: "running"; readonly pid: number }
  | { readonly kind: "ended"; readonly reason: string };

/*
 * Checked by hand: a schema library takes a program's start longer than all else, and whoever waits for a service waits
 * for its warden first.
 */

/** Throws TypeError for a line that no guard of ours would write. */
export function parseWardenOrder(line: string): WardenOrder {
  const fields = fieldsOf(line);
  const { kind, untilMs, graceMs } = fields;
  if (kind === "run") return runOf(fields);
  if (kind === "until" && isTime(untilMs)) return { kind, untilMs };
  if (kind === "stop" && isTime(graceMs)) return { kind, graceMs };
  throw new TypeError("no order for a warden");
}

/** One without a time runs for ever, which is never what a broken one means. */
function runOf({ command, directory, environment, untilMs }: Fields): WardenOrder {
  if (!isTexts(command) || typeof directory !== "string" || !isTextTable(environment))
    throw new TypeError("nothing that a warden can run");
  const run = { kind: "run", command, directory, environment } as const;
  if (untilMs === undefined) return run;
  if (!isTime(untilMs)) throw new TypeError("no time for a warden");
  return { ...run, untilMs };
}

/** Throws TypeError for a line that no warden of ours would write. */
export function parseWardenWord(line: string): WardenWord {
  const { kind, pid, reason } = fieldsOf(line);
  if (kind === "running" && isTime(pid)) return { kind, pid };
  if (kind === "ended" && typeof reason === "string") return { kind, reason };
  throw new TypeError("no word of a warden");
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(line: string): Fields {
  const value: unknown = JSON.parse(line);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");

const isTextTable = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((one) => typeof one === "string");
