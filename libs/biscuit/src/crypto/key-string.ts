import { BiscuitError } from "../errors/biscuit-error.ts";
import { fromHex } from "../values/hex.ts";
import { type Algorithm, ALGORITHMS } from "./backend.ts";

/** What `<algorithm><suffix>/<hex>` holds. Throws `invalid-key`; the text is not told, as it may be a secret. */
export function readKeyString(text: string, suffix: string): [Algorithm, Uint8Array] {
  for (const algorithm of ALGORITHMS) {
    const prefix = `${algorithm}${suffix}/`;
    const bytes = text.startsWith(prefix) ? fromHex(text.slice(prefix.length)) : undefined;
    if (bytes !== undefined) return [algorithm, bytes];
  }
  const forms = ALGORITHMS.map((algorithm) => `${algorithm}${suffix}/<hex>`).join(" or ");
  throw new BiscuitError("invalid-key", `a key is written ${forms}`);
}
