import { type Algorithm, KeyPair } from "@bastide/biscuit";
import { closeSync, existsSync, fchmodSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import type { Context } from "../command-line/context.ts";
import { Failure, systemCode } from "../command-line/failure.ts";

interface KeyOptions {
  readonly algorithm: string | undefined;
  readonly format: string | undefined;
}

/** `bastide token keygen`: a private key that only its owner can read, and beside it the public one for everybody. */
export async function makeKey(
  file: string,
  options: KeyOptions,
  context: Context,
): Promise<number> {
  const key = KeyPair.generate(algorithmOf(options.algorithm));
  const isText = options.format === "text";
  const path = resolve(context.workingDirectory, file);
  // Looked at first, so that a key is not left without its other half.
  if (existsSync(`${path}.pub`)) throw taken(`${file}.pub`);
  write(path, file, isText ? `${key.toPrivateString()}\n` : key.toPem(), 0o600);
  const publicText = key.publicKey.toString();
  write(`${path}.pub`, `${file}.pub`, isText ? `${publicText}\n` : key.publicKey.toPem(), 0o644);
  const { algorithm } = key;
  const document = { algorithm, file, publicKeyFile: `${file}.pub`, publicKey: publicText };
  context.output.note(`private key in ${file} (only you can read it), public key in ${file}.pub`);
  context.output.answer(document, () => publicText);
  return 0;
}

const algorithmOf = (name: string | undefined): Algorithm =>
  name === "secp256r1" ? "secp256r1" : "ed25519";

/** Never over a file that is there: it may be a key whose tokens are in use. */
function write(path: string, name: string, content: string, mode: number): void {
  let fd: number;
  try {
    fd = openSync(path, "wx", mode);
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw taken(name);
    if (systemCode(error) === "ENOENT")
      throw new Failure("notFound", `the directory of ${name} does not exist`, { cause: error });
    throw error;
  }
  try {
    // The mode given to open(2) is masked by the umask.
    fchmodSync(fd, mode);
    writeSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

const taken = (name: string): Failure =>
  new Failure("conflict", `${name} exists, and may be a key in use`, { fix: "give another name" });
