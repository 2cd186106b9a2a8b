import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { EMPTY_GUARD_RECORD, type GuardRecord, type IntentTable, NO_INTENTS } from "@bastide/ha";
import { HaIntents } from "@bastide/contracts";
import { z } from "zod";
import { isMissing } from "../disk/file-errors.ts";

const Record = z.object({
  votes: z.record(z.string(), z.object({ epoch: z.int().min(0), holder: z.string().optional() })),
  knownEpochs: z.record(z.string(), z.int().min(0)),
});

/**
 * What a guard must find again. Each write is on the disk when it returns, also after a power cut, since the effects
 * after it may be carried out only then; one that throws has changed nothing. Throws for a record that is damaged: a
 * guard that forgot its votes could vote twice.
 */
export class GuardDisk {
  readonly #directory: string;
  #saved = "";

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o711 });
  }

  record(): GuardRecord {
    const read = this.#read("record.json");
    if (read === undefined) return EMPTY_GUARD_RECORD;
    const { votes, knownEpochs } = Record.parse(JSON.parse(read));
    return {
      knownEpochs,
      votes: Object.fromEntries(
        Object.entries(votes).map(([lease, { epoch, holder }]) => [
          lease,
          holder === undefined ? { epoch } : { epoch, holder },
        ]),
      ),
    };
  }

  saveRecord(record: GuardRecord): void {
    const text = JSON.stringify(record);
    if (text === this.#saved) return;
    this.#write("record.json", text);
    this.#saved = text;
  }

  intents(): IntentTable {
    const read = this.#read("intents.json");
    return read === undefined ? NO_INTENTS : HaIntents.parse(JSON.parse(read));
  }

  saveIntents(intents: IntentTable): void {
    this.#write("intents.json", JSON.stringify(intents));
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.#directory, name), "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #write(name: string, text: string): void {
    const path = join(this.#directory, name);
    try {
      synced(`${path}.new`, "w", (file) => writeFileSync(file, text));
    } catch (error) {
      // What was written of it takes the space that the next attempt needs.
      rmSync(`${path}.new`, { force: true });
      throw error;
    }
    renameSync(`${path}.new`, path);
    // The new name, too, is lost with the power otherwise.
    synced(this.#directory, "r");
  }
}

function synced(path: string, flags: "r" | "w", write: (file: number) => void = () => {}): void {
  const file = openSync(path, flags, 0o600);
  try {
    write(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
