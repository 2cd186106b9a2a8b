import type { IncomingHttpHeaders } from "node:http";

/** W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/). */
export interface Trace {
  readonly traceId: string;
  /** Ours: what the upstream sees as its parent. */
  readonly spanId: string;
  /** The trace flags, one byte; only `sampled` has a meaning. */
  readonly flags: number;
  /** Passed on as it came, where it came with a traceparent that is one (§3.3). */
  readonly state: string | undefined;
}

const SAMPLED = 1;
/** §3.2: a later version may have more fields behind these. Version ff is none. */
const PARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
/** §3.3.1.1: members beyond this may be left out; a list that long is not worth carrying. */
const MAX_STATE = 8_192;

/**
 * The trace that a request belongs to: its client's, or a new one where there is none or it is malformed. `sample`
 * decides for a new one whether it is recorded.
 */
export function traceOf(
  headers: IncomingHttpHeaders,
  randomHex: (bytes: number) => string,
  sample: () => boolean,
): Trace {
  const parent = parseParent(headers["traceparent"]);
  const spanId = randomHex(8);
  if (!parent)
    return { traceId: randomHex(16), spanId, flags: sample() ? SAMPLED : 0, state: undefined };
  const state = headers["tracestate"];
  const text = Array.isArray(state) ? state.join(",") : state;
  return { ...parent, spanId, state: isState(text) ? text : undefined };
}

export const isSampled = ({ flags }: Trace): boolean => (flags & SAMPLED) !== 0;

/** The headers that the upstream gets in place of the client's. */
export function traceHeaders({ traceId, spanId, flags, state }: Trace): Record<string, string> {
  const hex = flags.toString(16).padStart(2, "0");
  return {
    traceparent: `00-${traceId}-${spanId}-${hex}`,
    ...(state === undefined ? {} : { tracestate: state }),
  };
}

function parseParent(
  header: string | string[] | undefined,
): { readonly traceId: string; readonly flags: number } | undefined {
  // Node joins a repeated header to one that is no traceparent any more, as §3.2 wants.
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = "", more] =
    PARENT.exec(String(header ?? "")) ?? [];
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  return { traceId, flags: Number.parseInt(flags, 16) & SAMPLED };
}

const isState = (text: string | undefined): text is string =>
  text !== undefined && text.trim() !== "" && text.length <= MAX_STATE && /^[\t -~]*$/.test(text);
