import { biscuitFromSource, type UnsignedBiscuit } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { expirySource, parseTtl } from "./attenuation.ts";
import { datalogFor, parseDatalog } from "./datalog-input.ts";
import { onlyOneFromStdin, readText } from "./read-text.ts";
import { homeOf, privateKey } from "./verification-keys.ts";

interface NewTokenOptions {
  readonly source: string | undefined;
  readonly "source-file": string | undefined;
  readonly "key-file": string | undefined;
  readonly "root-key-id": number | undefined;
  readonly ttl: string | undefined;
  readonly context: string | undefined;
}

/** Id of the root key of a home; see `keys/platform-keys.ts`. */
const HOME_ROOT_KEY_ID = 1;

/** `bastide token new`: signs an authority block with a root key, by default this machine's platform's. */
export async function newToken(options: NewTokenOptions, context: Context): Promise<number> {
  const keyFile = options["key-file"] ?? homeOf(context).rootKey;
  onlyOneFromStdin({ "the key": keyFile === "-", "the Datalog": options["source-file"] === "-" });
  const { source: text, "source-file": file } = options;
  const input = await datalogFor({ option: "--source", text, file }, context);
  const ttlMs = options.ttl === undefined ? undefined : parseTtl(options.ttl);
  const given = parseDatalog(input, biscuitFromSource);
  // Printed first: what was given may lack its last semicolon.
  const unsigned = biscuitFromSource(
    `${given.toString()}${expirySource(ttlMs, new Date()).join("")}`,
  );
  const key = privateKey(await readText(keyFile, context), keyFile);
  const rootKeyId =
    options["root-key-id"] ?? (options["key-file"] === undefined ? HOME_ROOT_KEY_ID : undefined);
  const token = withDetails(unsigned, options.context, rootKeyId).sign(key).toString();
  const publicKey = key.publicKey.toString();
  context.output.note(`verify it with ${publicKey}`);
  context.output.answer({ token, rootKeyId, publicKey }, () => token);
  return 0;
}

function withDetails(
  unsigned: UnsignedBiscuit,
  text: string | undefined,
  rootKeyId: number | undefined,
): UnsignedBiscuit {
  const described = text === undefined ? unsigned : unsigned.context(text);
  if (rootKeyId === undefined) return described;
  if (rootKeyId >= 2 ** 32)
    throw new Failure("usage", `--root-key-id is ${rootKeyId}, but must be below ${2 ** 32}`);
  return described.rootKeyId(rootKeyId);
}
