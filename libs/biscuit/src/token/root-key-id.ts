import { BiscuitError } from "../errors/biscuit-error.ts";

const MAX = 0xffffffff;

/** Throws `invalid-value` unless `id` can be a root key id: 32 bits without a sign. */
export function checkRootKeyId(id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= MAX) return;
  throw new BiscuitError("invalid-value", `root key id ${id} is not an integer from 0 to ${MAX}`);
}
