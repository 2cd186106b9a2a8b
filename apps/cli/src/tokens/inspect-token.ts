import { UnverifiedBiscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { describeToken, tokenText } from "./describe-token.ts";
import { type TokenOptions, tokenFor } from "./given-token.ts";

/** `bastide token inspect`: what it says, not whether its signatures are good; that needs the platform's key. */
export async function inspectToken(options: TokenOptions, context: Context): Promise<number> {
  const token = UnverifiedBiscuit.parse(await tokenFor(options, context));
  context.output.answer({ ...describeToken(token), verified: false }, () =>
    tokenText(token, "signatures were not checked", new Date()),
  );
  return 0;
}
