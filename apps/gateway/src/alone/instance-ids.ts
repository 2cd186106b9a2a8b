import { createHmac, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const KEY_BYTES = 32;

/**
 * Names the instances behind the addresses of a file. The same address has the same id as long as the key is the same,
 * so that sticky cookies outlive a reload, and with a state directory a restart; without the key an id tells no address.
 */
export async function instanceIds(
  stateDirectory: string | undefined,
): Promise<(address: string) => string> {
  const key = stateDirectory === undefined ? randomBytes(KEY_BYTES) : await keyIn(stateDirectory);
  const known = new Map<string, string>();
  return (address) => {
    const id = known.get(address) ?? idOf(createHmac("sha256", key).update(address).digest("hex"));
    known.set(address, id);
    return id;
  };
}

/** A name in the form of an id (UUID version 7), though it says no time. */
const idOf = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;

async function keyIn(directory: string): Promise<Buffer> {
  const file = join(directory, "instance.key");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, randomBytes(KEY_BYTES), { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  }
  const key = await readFile(file);
  if (key.length === KEY_BYTES) return key;
  throw new Error(
    `${file} has ${key.length} bytes instead of ${KEY_BYTES}; remove it, a new one is made`,
  );
}
