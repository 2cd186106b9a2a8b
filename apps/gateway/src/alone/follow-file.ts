import { routeKey } from "@bastide/contracts";
import { accessSync, constants, unwatchFile, watchFile } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { SavedState } from "@bastide/config-stream";
import type { Entry, EntryChange } from "../control/entry.ts";
import type { TableSource } from "../control/table-source.ts";
import type { Log } from "../observe/log.ts";
import { FileRefused } from "./file-problem.ts";
import type { GatewayFile } from "./gateway-file.ts";
import { HeldRevocations } from "./held-revocations.ts";
import { instanceIds } from "./instance-ids.ts";
import { pathsIn, readNamedFiles } from "./named-files.ts";
import { readForTable, type ReadFile, readGatewayFile, refuseFound } from "./read-gateway-file.ts";

/** How often the file is looked at. By its status, not by events: those miss what is mounted or linked. */
const LOOK_EVERY_MS = 500;
/** How often it is said that revocations are known; the shortest time after which a route is closed is 10 s. */
const BEAT_MS = 2_000;

/** What the file needs of the gateway. */
export interface FileUser {
  /** Puts changes into force everywhere; throws when that would be no table, then the one before stays. */
  apply(changes: readonly EntryChange[]): Promise<void>;
  /** Revocations were known that long ago, in milliseconds. */
  heard(agoMs: number): void;
}

type Entries = ReadonlyMap<string, Entry>;

/** A file's text, what it says, and what the files that it names say. */
interface Whole extends ReadFile {
  readonly text: string;
  readonly certificates: Entries;
  readonly trust: Entries;
}

/**
 * Keeps a gateway as its file and the files that it names say: a change is put into force whole, or refused whole and the
 * reason said. Revocations alone are put into force whatever else is wrong.
 */
export class FollowedFile implements TableSource {
  readonly #file: string;
  readonly #user: FileUser;
  readonly #log: Log;
  readonly #stateDirectory: string | undefined;
  #instanceOf: ((address: string) => string) | undefined;
  #inForce: Whole | undefined;
  #watched: readonly string[] = [];
  readonly #held = new HeldRevocations(() => performance.now());
  #heart: NodeJS.Timeout | undefined;
  /** Whether the files of root keys and revocations could be read when they were last looked at. */
  #isTrustKnown = false;
  /** Keys that the program before this one had in force: what the file does not say is taken out there too. */
  #before: readonly string[] = [];
  #running: Promise<void> = Promise.resolve();

  /** Nobody has to be reached for a file. */
  readonly isConnected = false;
  readonly version = undefined;

  constructor(file: string, user: FileUser, log: Log, stateDirectory: string | undefined) {
    this.#stateDirectory = stateDirectory;
    this.#file = file;
    this.#user = user;
    this.#log = log;
  }

  /**
   * Puts the file into force. A broken one is refused, and the last good one of the state directory is taken, if this
   * gateway is not started for the first time. Throws FileRefused when there is none.
   */
  async start(initial?: SavedState): Promise<void> {
    this.#before = [...(initial?.entries.keys() ?? [])];
    const stateDirectory = this.#stateDirectory;
    this.#instanceOf = await instanceIds(stateDirectory);
    try {
      await this.#take(await readFile(this.#file, "utf8"));
    } catch (cause) {
      const saved =
        stateDirectory && (await readFile(lastGood(stateDirectory), "utf8").catch(() => undefined));
      if (saved === undefined || saved === "") throw cause;
      this.#refuse(cause, "the last good one is in force");
      await this.#take(saved);
    }
    this.#watch();
    this.#beat();
    this.#heart = setInterval(() => this.#beat(), BEAT_MS);
    this.#heart.unref();
  }

  /** Looks at the file now. Never rejects: what cannot be put into force is said in the log. */
  reload(): Promise<void> {
    this.#running = this.#running.then(() => this.#reload());
    return this.#running;
  }

  async stop(): Promise<void> {
    for (const path of this.#watched) unwatchFile(path);
    clearInterval(this.#heart);
    await this.#running;
  }

  /** Nobody waits for a report. */
  acknowledgeAgain(): void {}

  async #reload(): Promise<void> {
    try {
      await this.#take(await readFile(this.#file, "utf8"));
    } catch (cause) {
      this.#refuse(cause, "what was in force stays");
      await this.#trustAlone();
    }
    this.#watch();
  }

  /** Of a file that is refused: what the one in force says of trust, as its files are now. */
  async #trustAlone(): Promise<void> {
    const before = this.#inForce;
    if (!before) return;
    const { trust: read } = readNamedFiles(before.file, this.#file);
    this.#isTrustKnown = read.found.length === 0;
    try {
      refuseFound(before.text, this.#file, read.found);
      const trust = this.#heldTrust(read.entries);
      const changes = changesBetween(before.trust, trust);
      if (changes.length === 0) return;
      await this.#user.apply(changes);
      this.#inForce = { ...before, trust };
      this.#log("info", "revocations and root keys are in force", { changed: changes.length });
    } catch (cause) {
      this.#isTrustKnown = false;
      this.#refuse(cause, "what was trusted stays");
    }
  }

  #heldTrust(read: Entries): Entries {
    const { entries, againMs } = this.#held.hold(this.#inForce?.trust ?? new Map(), read);
    if (againMs !== undefined) setTimeout(() => void this.reload(), againMs).unref();
    return entries;
  }

  /** The files that the one in force names, and itself. */
  #watch(): void {
    const next = [this.#file, ...(this.#inForce ? pathsIn(this.#inForce.file, this.#file) : [])];
    for (const path of this.#watched) if (!next.includes(path)) unwatchFile(path);
    for (const path of next)
      if (!this.#watched.includes(path))
        watchFile(path, { interval: LOOK_EVERY_MS }, () => void this.reload());
    this.#watched = next;
  }

  /** Revocations that cannot be read are not known: then routes with a policy are closed after their own time. */
  #beat(): void {
    const tokens = this.#inForce?.file.tokens;
    if (!tokens || !this.#isTrustKnown) return;
    const paths = pathsIn({ certificates: [], tokens }, this.#file);
    if (paths.every(isReadable)) this.#user.heard(0);
  }

  async #take(text: string): Promise<void> {
    const instanceOf = (address: string): string => this.#instanceOf?.(address) ?? "";
    const before = this.#inForce;
    const read = before?.text === text ? before : readForTable(text, this.#file, instanceOf);
    if (before) refuseRestart(this.#file, before.file, read.file);
    const { certificates, trust } = readNamedFiles(read.file, this.#file);
    refuseFound(text, this.#file, [...certificates.found, ...trust.found]);
    const next = {
      ...read,
      text,
      certificates: certificates.entries,
      trust: this.#heldTrust(trust.entries),
    };
    const entries = entriesOf(next);
    const changes = [
      ...(before ? [] : this.#leftovers(entries)),
      ...changesBetween(before ? entriesOf(before) : new Map(), entries),
    ];
    this.#isTrustKnown = true;
    if (before?.text === text && changes.length === 0) return;
    await this.#user.apply(changes).catch((cause: unknown) => {
      // Says where the file is wrong, if it is the file.
      readGatewayFile(text, this.#file, instanceOf);
      throw cause;
    });
    this.#inForce = next;
    this.#log("info", "the file is in force", { file: this.#file, changed: changes.length });
    if (this.#stateDirectory !== undefined) await this.#save(this.#stateDirectory, text);
  }

  #leftovers(entries: Entries): EntryChange[] {
    return this.#before.filter((key) => !entries.has(key)).map((key) => [key, null] as const);
  }

  async #save(directory: string, text: string): Promise<void> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeFile(`${lastGood(directory)}.next`, text, { mode: 0o600, flush: true });
      await rename(`${lastGood(directory)}.next`, lastGood(directory));
    } catch (cause) {
      this.#log("error", "the file could not be kept as the last good one", {
        reason: String(cause),
      });
    }
  }

  #refuse(cause: unknown, then: string): void {
    const problems = cause instanceof FileRefused ? cause.problems : undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#log("error", `the file is refused; ${then}`, {
      file: this.#file,
      ...(problems ? { problems } : { reason }),
    });
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

const lastGood = (directory: string): string => join(directory, "last-good.yaml");

const entriesOf = ({ routes, certificates, trust }: Whole): Entries =>
  new Map<string, Entry>([
    ...routes.map((route) => [routeKey(route), route] as const),
    ...certificates,
    ...trust,
  ]);

/** Entries that are new or say something new, and the keys of those that are gone. */
export function changesBetween(before: Entries, after: Entries): EntryChange[] {
  return [
    ...[...before.keys()].filter((key) => !after.has(key)).map((key) => [key, null] as const),
    ...[...after].filter(([key, entry]) => !isDeepStrictEqual(before.get(key), entry)),
  ];
}

/** What sockets and processes were made of stays as it was at the start. */
function refuseRestart(name: string, before: GatewayFile, after: GatewayFile): void {
  const keys = (["listen", "workers", "timeouts", "stateDirectory"] as const).filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  if (keys.length === 0) return;
  throw new FileRefused(name, [
    { line: 1, column: 1, message: `${keys.join(", ")} changed; restart the gateway for that` },
  ]);
}
