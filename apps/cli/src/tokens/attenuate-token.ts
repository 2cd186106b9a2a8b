import { blockFromSource, UnverifiedBiscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { attenuationSource, type Narrowing, parseTtl } from "./attenuation.ts";
import { tokenFor } from "./given-token.ts";

type AttenuateOptions = Omit<Narrowing, "ttlMs"> & {
  readonly ttl: string | undefined;
  readonly "token-stdin": boolean;
  readonly "token-file": string | undefined;
};

/** `bastide token attenuate`: offline, since nobody's leave is needed to have less. */
export async function attenuateToken(options: AttenuateOptions, context: Context): Promise<number> {
  const ttlMs = options.ttl === undefined ? undefined : parseTtl(options.ttl);
  const source = attenuationSource({ ...options, ttlMs }, new Date());
  const token = UnverifiedBiscuit.parse(await tokenFor(options, context));
  const narrowed = token.attenuate(blockFromSource(source)).toString();
  context.output.note(source);
  context.output.answer({ token: narrowed, added: source.split("\n") }, () => narrowed);
  return 0;
}
