import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { StreamVersion } from "@bastide/contracts";
import { z } from "zod";

const Content = z.object({
  version: StreamVersion,
  entries: z.array(z.tuple([z.string(), z.unknown()])),
});

export interface SavedState {
  readonly version: StreamVersion;
  readonly entries: ReadonlyMap<string, unknown>;
}

/** How the file's bytes are kept from other eyes; the default keeps them as they are. */
export interface Sealing {
  seal(plain: Buffer): Buffer;
  open(sealed: Buffer): Buffer;
}

const PLAIN: Sealing = { seal: (bytes) => bytes, open: (bytes) => bytes };
const HEADER = /^bastide-last-known-good 1 ([0-9a-f]{64})\n/;

/**
 * The last state that was applied, on disk: a checksummed file and the generation before it, replaced atomically.
 * One process at a time writes to a directory.
 */
export class LastKnownGood {
  readonly #directory: string;
  readonly #sealing: Sealing;

  constructor(directory: string, sealing: Sealing = PLAIN) {
    this.#directory = directory;
    this.#sealing = sealing;
  }

  /**
   * The newest readable generation. A file that cannot be read is set aside under a name that `onCorrupt` is told,
   * with the reason; it is never deleted.
   */
  async load(
    onCorrupt: (file: string, reason: string) => void = () => {},
  ): Promise<SavedState | undefined> {
    for (const name of ["current", "previous"]) {
      const file = this.#file(name);
      try {
        return this.#decode(await readFile(file));
      } catch (cause) {
        if (isMissing(cause)) continue;
        const aside = `${file}.corrupt-${Date.now()}`;
        await rename(file, aside);
        onCorrupt(aside, cause instanceof Error ? cause.message : String(cause));
      }
    }
    return undefined;
  }

  /** Durable when it resolves. Rejects with the file system's error, having changed nothing, when the disk is full. */
  async save(state: SavedState): Promise<void> {
    // Before anything is waited for: what is saved is the state of this very moment.
    const bytes = this.#encode(state);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const [next, current, previous] = [
      this.#file("next"),
      this.#file("current"),
      this.#file("previous"),
    ];
    await writeDurably(next, bytes);
    await rename(current, previous).catch(ignoreMissing);
    await rename(next, current);
    await syncDirectory(this.#directory);
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }

  #encode({ version, entries }: SavedState): Buffer {
    const body = this.#sealing.seal(
      Buffer.from(JSON.stringify({ version, entries: [...entries] })),
    );
    return Buffer.concat([Buffer.from(`bastide-last-known-good 1 ${sha256(body)}\n`), body]);
  }

  #decode(bytes: Buffer): SavedState {
    const header = HEADER.exec(bytes.subarray(0, 128).toString("latin1"));
    if (!header) throw new Error("it does not begin as a last-known-good file does");
    const body = bytes.subarray(header[0].length);
    if (sha256(body) !== header[1]) throw new Error("its checksum does not match its content");
    const content = Content.parse(JSON.parse(this.#sealing.open(body).toString()));
    return { version: content.version, entries: new Map(content.entries) };
  }
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  await using handle = await open(file, "w", 0o600);
  await handle.writeFile(bytes);
  await handle.sync();
}

async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

function ignoreMissing(cause: unknown): void {
  if (!isMissing(cause)) throw cause;
}
