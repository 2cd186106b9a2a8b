import { type Block, blockFromSource, UnverifiedBiscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { attenuationSource, type Narrowing, parseTtl } from "./attenuation.ts";
import { datalogFor, parseDatalog } from "./datalog-input.ts";
import { type TokenOptions, tokenFor } from "./given-token.ts";
import { onlyOneFromStdin } from "./read-text.ts";

interface AttenuateOptions extends Omit<Narrowing, "ttlMs">, TokenOptions {
  readonly ttl: string | undefined;
  readonly source: string | undefined;
  readonly "source-file": string | undefined;
}

/** `bastide token attenuate`: offline, since nobody's leave is needed to have less. */
export async function attenuateToken(options: AttenuateOptions, context: Context): Promise<number> {
  const isFromStdin = options["source-file"] === "-";
  onlyOneFromStdin({ "the token": options["token-stdin"], "the Datalog": isFromStdin });
  const block = await blockFor(options, context);
  const token = UnverifiedBiscuit.parse(await tokenFor(options, context));
  const narrowed = token.attenuate(block).toString();
  const added = block.toString().trim();
  context.output.note(added);
  context.output.answer({ token: narrowed, added: added.split("\n") }, () => narrowed);
  return 0;
}

/** The new block: what the options say, and Datalog beside or instead of it. Throws Failure `usage` when there is neither. */
async function blockFor(options: AttenuateOptions, context: Context): Promise<Block> {
  const ttlMs = options.ttl === undefined ? undefined : parseTtl(options.ttl);
  const narrowing = attenuationSource({ ...options, ttlMs }, new Date());
  const { source: text, "source-file": file } = options;
  if (text !== undefined || file !== undefined) {
    const input = await datalogFor({ option: "--source", text, file }, context);
    // Printed first: what was given may lack its last semicolon.
    return blockFromSource(`${parseDatalog(input, blockFromSource).toString()}${narrowing}`);
  }
  if (narrowing !== "") return blockFromSource(narrowing);
  throw new Failure("usage", "nothing to narrow was given", {
    fix: "for instance: bastide token attenuate --operation deploy --app shop --ttl 10m",
  });
}
