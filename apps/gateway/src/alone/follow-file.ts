import { type Route, routeKey } from "@bastide/contracts";
import { unwatchFile, watchFile } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { SavedState } from "@bastide/config-stream";
import type { TableSource } from "../control/table-source.ts";
import type { Log } from "../observe/log.ts";
import { FileRefused } from "./file-problem.ts";
import type { GatewayFile } from "./gateway-file.ts";
import { instanceIds } from "./instance-ids.ts";
import { readForTable, type ReadFile, readGatewayFile } from "./read-gateway-file.ts";

/** How often the file is looked at. By its status, not by events: those miss what is mounted or linked. */
const LOOK_EVERY_MS = 500;

/** What the file needs of the gateway. */
export interface FileUser {
  /** Puts changes into force everywhere; throws when that would be no table, then the one before stays. */
  apply(changes: readonly (readonly [key: string, route: Route | null])[]): Promise<void>;
}

/** Keeps a gateway as its file says: a change is put into force whole, or refused whole and the reason said. */
export class FollowedFile implements TableSource {
  readonly #file: string;
  readonly #user: FileUser;
  readonly #log: Log;
  readonly #stateDirectory: string | undefined;
  #instanceOf: ((address: string) => string) | undefined;
  #text = "";
  #inForce: ReadFile | undefined;
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
    watchFile(this.#file, { interval: LOOK_EVERY_MS }, () => void this.reload());
  }

  /** Looks at the file now. Never rejects: what cannot be put into force is said in the log. */
  reload(): Promise<void> {
    this.#running = this.#running.then(() => this.#reload());
    return this.#running;
  }

  async stop(): Promise<void> {
    unwatchFile(this.#file);
    await this.#running;
  }

  /** Nobody waits for a report. */
  acknowledgeAgain(): void {}

  async #reload(): Promise<void> {
    try {
      const text = await readFile(this.#file, "utf8");
      if (text !== this.#text) await this.#take(text);
    } catch (cause) {
      this.#refuse(cause, "what was in force stays");
    }
  }

  async #take(text: string): Promise<void> {
    const instanceOf = (address: string): string => this.#instanceOf?.(address) ?? "";
    const next = readForTable(text, this.#file, instanceOf);
    const before = this.#inForce;
    if (before) refuseRestart(this.#file, before.file, next.file);
    const changes = [
      ...(before ? [] : this.#leftovers(next.routes)),
      ...changesBetween(before?.routes ?? [], next.routes),
    ];
    await this.#user.apply(changes).catch((cause: unknown) => {
      // Says where the file is wrong, if it is the file.
      readGatewayFile(text, this.#file, instanceOf);
      throw cause;
    });
    this.#inForce = next;
    this.#text = text;
    this.#log("info", "the file is in force", { file: this.#file, changed: changes.length });
    if (this.#stateDirectory !== undefined) await this.#save(this.#stateDirectory, text);
  }

  #leftovers(routes: readonly Route[]): (readonly [key: string, route: null])[] {
    const keys = new Set(routes.map(routeKey));
    return this.#before.filter((key) => !keys.has(key)).map((key) => [key, null] as const);
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

const lastGood = (directory: string): string => join(directory, "last-good.yaml");

/** The routes that are new or say something new, and the keys of those that are gone. */
export function changesBetween(
  before: readonly Route[],
  after: readonly Route[],
): (readonly [key: string, route: Route | null])[] {
  const old = new Map(before.map((route) => [routeKey(route), route]));
  const next = new Map(after.map((route) => [routeKey(route), route]));
  return [
    ...[...old.keys()].filter((key) => !next.has(key)).map((key) => [key, null] as const),
    ...[...next].filter(([key, route]) => !isDeepStrictEqual(old.get(key), route)),
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
