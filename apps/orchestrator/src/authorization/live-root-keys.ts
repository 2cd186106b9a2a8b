import { KeyRing, type PublicKey } from "@bastide/biscuit";
import { JsonLogger } from "@bastide/service-kit";
import { Injectable, type OnApplicationShutdown } from "@nestjs/common";
import { unwatchFile, watchFile } from "node:fs";
import { Config } from "../config.ts";
import { readRootKeys, type RootKey } from "./root-keys.ts";

/** How often the file is looked at. */
const LOOK_EVERY_MS = 500;

/** The platform's root keys as `root-keys.json` has them now: a key that is added or retired there counts at once. */
@Injectable()
export class LiveRootKeys implements OnApplicationShutdown {
  readonly #file: string;
  readonly #logger: JsonLogger;
  readonly #listeners = new Set<() => void>();
  #keys: readonly RootKey[];
  #ring: KeyRing;

  constructor({ rootKeysFile }: Config, logger: JsonLogger) {
    this.#file = rootKeysFile;
    this.#logger = logger;
    this.#keys = readRootKeys(rootKeysFile);
    this.#ring = KeyRing.of(this.#keys);
    watchFile(rootKeysFile, { interval: LOOK_EVERY_MS, persistent: false }, this.#look);
  }

  get keys(): readonly RootKey[] {
    return this.#keys;
  }

  /** The key that verifies tokens with this id. Throws as `KeyRing.candidates`. */
  readonly keyOf = (rootKeyId: number | undefined): PublicKey | undefined =>
    this.#ring.candidates(rootKeyId)[0];

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  onApplicationShutdown(): void {
    unwatchFile(this.#file, this.#look);
  }

  readonly #look = (): void => {
    try {
      const keys = readRootKeys(this.#file);
      this.#ring = KeyRing.of(keys);
      this.#keys = keys;
      this.#logger.info("root keys changed", { ids: keys.map(({ id }) => id) });
      for (const tell of this.#listeners) tell();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#logger.error("the root keys cannot be read; those before stay", { reason });
    }
  };
}
