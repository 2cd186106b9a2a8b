import { UnverifiedBiscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { type TokenOptions, tokenFor } from "./given-token.ts";

/** `bastide token seal`: offline, since whoever holds a token may give up narrowing it. */
export async function sealToken(options: TokenOptions, context: Context): Promise<number> {
  const token = UnverifiedBiscuit.parse(await tokenFor(options, context));
  const sealed = token.seal().toString();
  context.output.answer({ token: sealed, sealed: true }, () => sealed);
  return 0;
}
