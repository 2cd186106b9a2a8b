import { Failure } from "../command-line/failure.ts";

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

const wrong = (option: string, value: string, form: string): Failure =>
  new Failure("usage", `--${option} is "${value}", but must be ${form}`);

/** `30`, `30s`, `500ms`, `5m`, `2h` or `1d`, in seconds. */
export function seconds(option: string, value: string): number {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(value) ?? [];
  const factor = SECONDS[unit];
  if (count === undefined || factor === undefined)
    throw wrong(option, value, "a time such as 30s, 500ms, 5m or 1h");
  return Number(count) * factor;
}

/** `1048576`, `512K`, `10M` or `2G`, in powers of 1024. */
export function byteCount(option: string, value: string): number {
  const [, count, unit = ""] = /^(\d+)([KMG]?)(?:i?B)?$/i.exec(value) ?? [];
  const factor = BYTES[unit.toUpperCase()];
  if (count === undefined || factor === undefined)
    throw wrong(option, value, "a size such as 512K, 10M or 2G");
  return Number(count) * factor;
}

/** `100/s`, `1000/m` or `50/10s`. */
export function rate(option: string, value: string): { requests: number; perSeconds: number } {
  const [, requests, time = ""] = /^(\d+)\/(\d*(?:ms|s|m|h|d))$/.exec(value) ?? [];
  if (requests === undefined)
    throw wrong(option, value, "requests in a time, such as 100/s, 1000/m or 50/10s");
  return {
    requests: Number(requests),
    perSeconds: seconds(option, /^\d/.test(time) ? time : `1${time}`),
  };
}

/** `name: value` for a header. */
export function header(option: string, value: string): readonly [name: string, value: string] {
  const [, name, text] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(value) ?? [];
  if (name === undefined || text === undefined)
    throw wrong(option, value, "a header such as 'x-frame-options: DENY'");
  return [name.toLowerCase(), text];
}
