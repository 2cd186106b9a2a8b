import { mkdir } from "node:fs/promises";
import { readJsonFile, writeJsonFile } from "../disk/json-file.ts";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import type { InstanceHome } from "./instance-home.ts";
import { InstanceRecord } from "./instance-record.ts";

/** One instance's record, in memory and on disk. */
export class RecordKeeper {
  readonly #home: InstanceHome;
  readonly #journal: Journal;
  #record: InstanceRecord;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(home: InstanceHome, journal: Journal, record: InstanceRecord) {
    this.#home = home;
    this.#journal = journal;
    this.#record = record;
  }

  get now(): InstanceRecord {
    return this.#record;
  }

  /** Changes the record in memory; `undefined` takes a field away. */
  set(change: { [Key in keyof InstanceRecord]?: InstanceRecord[Key] | undefined }): void {
    this.#record = InstanceRecord.parse({ ...this.#record, ...change });
  }

  /**
   * Writes the record as it is when its turn comes: one write at a time, so that an older one never comes last.
   * Rejects with the file system's error; the file then has its old content.
   */
  save(): Promise<void> {
    const saved = this.#turn.then(() => this.#write());
    this.#turn = saved.catch(() => {});
    return saved;
  }

  /** Nothing is written from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
  }

  /** For what has happened already and goes on whether it can be written down or not. */
  async trySave(): Promise<void> {
    await this.save().catch((error: unknown) =>
      this.#journal.error("an instance's record could not be saved", {
        instance: this.#record.id,
        reason: reasonOf(error),
      }),
    );
  }

  async #write(): Promise<void> {
    if (this.#isClosed) return;
    await mkdir(this.#home.directory, { recursive: true, mode: 0o700 });
    await writeJsonFile(this.#home.record, this.#record);
  }
}

/** The record that an earlier agent left; a broken one is set aside and named. */
export function loadRecord(
  home: InstanceHome,
  journal: Journal,
): Promise<InstanceRecord | undefined> {
  return readJsonFile(home.record, InstanceRecord, (file, reason) =>
    journal.error("an instance's record was broken and is set aside", { file, reason }),
  );
}
