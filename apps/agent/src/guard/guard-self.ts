import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { ApiClient, type HaGroup } from "@bastide/contracts";
import {
  type Credentials,
  IDENTITY_FILES,
  readIdentity,
  type SavedIdentity,
  secureFetch,
} from "@bastide/peer-tls";
import type { Config } from "../config.ts";

/** Who this node is to the control plane and to other guards. The agent renews it, so that it is read anew when it changed. */
export class GuardSelf {
  readonly #config: Config;
  #key: string | undefined;
  #identity: SavedIdentity | undefined;
  /** Which file was read last. */
  #read = "";
  #given: HaGroup["peer"];

  private constructor(config: Config) {
    this.#config = config;
  }

  /** Throws when the node has not joined, or its files are damaged. */
  static async load(config: Config): Promise<GuardSelf> {
    const self = new GuardSelf(config);
    await self.refresh();
    return self;
  }

  /** The control plane's own machine has an identity from it, and not by joining. */
  given(peer: HaGroup["peer"]): void {
    this.#given = peer;
  }

  /** What is shown to other guards; undefined where there are none. */
  get credentials(): Credentials | undefined {
    if (this.#identity === undefined || this.#key === undefined) return this.#given;
    const { certificate, authority } = this.#identity;
    return { certificate, authority, key: this.#key };
  }

  /** The address at which others reach this node; undefined where nobody does. */
  get host(): string | undefined {
    return this.#config.joined?.listen.host ?? this.#given?.host;
  }

  /**
   * A node that joined anew has another key, too: both are taken where they belong together. Throws where they do not,
   * or are damaged; what was there before stays.
   */
  async refresh(): Promise<void> {
    const directory = this.#config.joined?.identityDirectory;
    if (directory === undefined) return;
    // Two files of one moment have one time, and the second is not the first.
    const { ino, mtimeMs } = statSync(join(directory, IDENTITY_FILES.identity));
    const version = `${ino} ${mtimeMs}`;
    if (version === this.#read) return;
    const identity = await readIdentity(directory);
    const key = readFileSync(join(directory, IDENTITY_FILES.key), "utf8");
    createSecureContext({ cert: identity.certificate, key });
    this.#identity = identity;
    this.#key = key;
    this.#read = version;
  }

  client(): ApiClient {
    const { orchestratorUrl, tokenFile, joined } = this.#config;
    if (joined === undefined) {
      const token = (): string => readFileSync(tokenFile, "utf8").trim();
      return new ApiClient({ baseUrl: orchestratorUrl, token });
    }
    const fetch = secureFetch({
      peer: { kind: "control" },
      authority: () => this.#identity?.authority ?? "",
    });
    return new ApiClient({
      baseUrl: orchestratorUrl,
      token: () => this.#identity?.token ?? "",
      fetch,
    });
  }
}
