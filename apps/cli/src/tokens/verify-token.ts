import { Biscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { describeToken, tokenText } from "./describe-token.ts";
import { type TokenOptions, tokenFor } from "./given-token.ts";
import { type VerificationOptions, verificationKeys } from "./verification-keys.ts";

/** `bastide token verify`: whether every signature is good. What the token may do is `authorize`'s question. */
export async function verifyToken(
  options: TokenOptions & VerificationOptions,
  context: Context,
): Promise<number> {
  const { keys, from } = await verificationKeys(options, context);
  const token = Biscuit.parse(await tokenFor(options, context), keys);
  context.output.answer({ ...describeToken(token), verified: true, keysFrom: from }, () =>
    tokenText(token, `every signature is good by ${from}`, new Date()),
  );
  return 0;
}
