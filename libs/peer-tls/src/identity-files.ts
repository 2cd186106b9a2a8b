import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** What lies in the directory of a node that joined; all but the root keys is the agent's alone. */
export const IDENTITY_FILES = {
  /** The node's private key, PEM: made there and never anywhere else. */
  key: "identity.key",
  /** What it was given for it. */
  identity: "identity.json",
  rootKeys: "root-keys.json",
} as const;

/** What a node is given when it joins and when it renews: the answer of the API, as far as it is kept. */
export interface IdentityDocument {
  readonly name: string;
  readonly token: string;
  readonly certificate: string;
  readonly authority: string;
  readonly rootKeys: readonly { readonly id: number; readonly publicKey: string }[];
  readonly expiresAt: string;
}

export type SavedIdentity = Omit<IdentityDocument, "rootKeys"> & { readonly issuedAt: string };

/** Puts it on disk, each file whole or not at all. */
export async function writeIdentity(
  directory: string,
  { rootKeys, ...identity }: IdentityDocument,
  now: Date,
): Promise<SavedIdentity> {
  const saved = { ...identity, issuedAt: now.toISOString() };
  await replace(join(directory, IDENTITY_FILES.rootKeys), JSON.stringify(rootKeys), 0o644);
  await replace(join(directory, IDENTITY_FILES.identity), JSON.stringify(saved), 0o600);
  return saved;
}

/** Throws when there is none, or when it is damaged: the node has to join again then. */
export async function readIdentity(directory: string): Promise<SavedIdentity> {
  const file = join(directory, IDENTITY_FILES.identity);
  const document: unknown = JSON.parse(await readFile(file, "utf8"));
  if (isIdentity(document)) return document;
  throw new Error(`${file} is damaged; let this node join again by a token of its own`);
}

const FIELDS = ["name", "token", "certificate", "authority", "expiresAt", "issuedAt"] as const;

const isIdentity = (document: unknown): document is SavedIdentity =>
  typeof document === "object" &&
  document !== null &&
  FIELDS.every((field) => typeof Reflect.get(document, field) === "string");

async function replace(file: string, content: string, mode: number): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w", mode);
  try {
    await handle.writeFile(`${content}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}
