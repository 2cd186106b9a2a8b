import { PublicKey } from "@bastide/biscuit";
import { readFileSync } from "node:fs";
import { z } from "zod";

/** `root-keys.json`: which public key verifies tokens of which root key id. */
const RootKeys = z
  .array(z.strictObject({ id: z.number().int().min(0), publicKey: z.string().max(200) }))
  .min(1)
  .max(1000);

export interface RootKey {
  readonly id: number;
  readonly publicKey: PublicKey;
}

/** Throws when the file is missing or is not what it should be, naming it. */
export function readRootKeys(file: string): RootKey[] {
  try {
    return RootKeys.parse(JSON.parse(readFileSync(file, "utf8"))).map(({ id, publicKey }) => ({
      id,
      publicKey: PublicKey.fromString(publicKey),
    }));
  } catch (cause) {
    throw new Error(
      `${file} must be a JSON list of root keys, as [{"id": 1, "publicKey": "ed25519/<64 hexadecimal digits>"}]`,
      { cause },
    );
  }
}
