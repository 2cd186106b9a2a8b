import { BiscuitError, KeyPair, KeyRing, PublicKey, type RootKeys } from "@bastide/biscuit";
import { z } from "zod";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { homeDirectory, type HomePaths, homePaths } from "../home/home.ts";
import { isRoot } from "../machine/user.ts";
import { readText } from "./read-text.ts";

export interface VerificationOptions {
  readonly "public-key": string | undefined;
  readonly "public-key-file": string | undefined;
  readonly "keys-file": string | undefined;
}

const KeysFile = z
  .array(z.strictObject({ id: z.number().int().min(0).optional(), publicKey: z.string().max(200) }))
  .min(1)
  .max(1000);

const NAMES = ["public-key", "public-key-file", "keys-file"] as const;

/** What a token is verified with, and where it comes from, for people. */
export interface VerificationKeys {
  readonly keys: RootKeys;
  readonly from: string;
}

/** The keys that the options name, else those of this machine's platform. Throws Failure. */
export async function verificationKeys(
  options: VerificationOptions,
  context: Context,
): Promise<VerificationKeys> {
  const given = NAMES.filter((name) => options[name] !== undefined).map((name) => `--${name}`);
  if (given.length > 1) throw new Failure("usage", `give only one of ${given.join(" and ")}`);
  const text = options["public-key"];
  if (text !== undefined) return { keys: publicKey(text, "--public-key"), from: "--public-key" };
  const file = options["public-key-file"];
  if (file !== undefined)
    return { keys: publicKey(await readText(file, context), file), from: file };
  const keysFile = options["keys-file"] ?? homeOf(context).rootKeysFile;
  return { keys: keyRing(await readText(keysFile, context), keysFile), from: keysFile };
}

export const homeOf = ({ environment, installation }: Context): HomePaths =>
  homePaths(homeDirectory(environment, installation, isRoot()));

/** `ed25519/<hex>`, `secp256r1/<hex>` or PEM. */
export function publicKey(text: string, where: string): PublicKey {
  return keyOf(where, () =>
    text.includes("-----BEGIN") ? PublicKey.fromPem(text) : PublicKey.fromString(text.trim()),
  );
}

/** `<algorithm>-private/<hex>` or PKCS #8 in PEM. */
export function privateKey(text: string, where: string): KeyPair {
  return keyOf(where, () =>
    text.includes("-----BEGIN") ? KeyPair.fromPem(text) : KeyPair.fromString(text.trim()),
  );
}

function keyOf<Key>(where: string, make: () => Key): Key {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof BiscuitError)) throw cause;
    throw new Failure("failed", `${where} holds no such key: ${cause.message}`, {
      fix: "make one with: bastide token keygen <file>",
      cause,
    });
  }
}

/** `root-keys.json`: a list of ids and public keys. */
function keyRing(text: string, file: string): KeyRing {
  const parsed = KeysFile.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new Failure("failed", `${file} is no list of root keys`, {
      fix: 'it must be as [{"id": 1, "publicKey": "ed25519/<64 hexadecimal digits>"}]',
    });
  return keyOf(file, () =>
    KeyRing.of(
      parsed.data.map((key) => ({
        ...(key.id !== undefined && { id: key.id }),
        publicKey: PublicKey.fromString(key.publicKey),
      })),
    ),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
