import type { LeaseRequest } from "@bastide/ha";

const MAX_NAME_BYTES = 512;
/** Below what etcd takes in one request by default (1.5 MiB), base64 not counted. */
const MAX_VALUE_BYTES = 2 ** 20;
const MAX_TTL_MS = 24 * 60 * 60 * 1000;

function checkText(what: string, text: string, maxBytes: number): void {
  if (!text.isWellFormed() || text.includes("\0"))
    throw new RangeError(`${what} has a lone surrogate or a NUL: no store can keep it`);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new RangeError(`${what} has ${bytes} bytes of UTF-8; at most ${maxBytes} are kept`);
}

/** Throws RangeError for a name of a lease, holder or key that cannot be kept the same by every store. */
export function checkName(what: string, name: string): void {
  if (name === "") throw new RangeError(`${what} is empty`);
  checkText(what, name, MAX_NAME_BYTES);
}

export function checkValue(value: string): void {
  checkText("the value", value, MAX_VALUE_BYTES);
}

/** Throws RangeError for what no store could grant. */
export function checkRequest({ name, holder, ttlMs, aboveEpoch }: LeaseRequest): void {
  checkName("the lease's name", name);
  checkName("the holder", holder);
  if (!(ttlMs > 0 && ttlMs <= MAX_TTL_MS))
    throw new RangeError(`a lease of ${ttlMs} ms cannot be granted: ask for 1 to ${MAX_TTL_MS}`);
  if (!Number.isSafeInteger(aboveEpoch) || aboveEpoch < 0)
    throw new RangeError(`${aboveEpoch} is no epoch: they are integers from 0 on`);
}

/** The next epoch. Throws RangeError where integers end. */
export function nextEpoch(present: number, aboveEpoch: number): number {
  const epoch = Math.max(present, aboveEpoch) + 1;
  if (Number.isSafeInteger(epoch)) return epoch;
  throw new RangeError(`no epoch is left above ${epoch - 1}: the lease needs a new name`);
}
