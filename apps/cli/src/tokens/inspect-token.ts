import { UnverifiedBiscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { tokenFor } from "./given-token.ts";

interface InspectOptions {
  readonly "token-stdin": boolean;
  readonly "token-file": string | undefined;
}

/** `bastide token inspect`: what it says, not whether its signatures are good; that needs the platform's key. */
export async function inspectToken(options: InspectOptions, context: Context): Promise<number> {
  const token = UnverifiedBiscuit.parse(await tokenFor(options, context));
  const blocks = token.blocks.map(({ source }) => source.trim());
  const { rootKeyId, revocationIds } = token;
  context.output.answer({ rootKeyId, revocationIds, blocks, verified: false }, () =>
    [
      `root key ${rootKeyId ?? "(not named)"}, ${blocks.length} block${blocks.length === 1 ? "" : "s"}; signatures were not checked`,
      ...blocks.flatMap((source, at) => [
        "",
        at === 0 ? "authority" : `attenuation ${at}`,
        ...source.split("\n").map((line) => `  ${line}`),
        `  revocation id ${revocationIds[at] ?? "?"}`,
      ]),
    ].join("\n"),
  );
  return 0;
}
