import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiClient, nodeIdentityEndpoints } from "@bastide/contracts";
import {
  type Credentials,
  IDENTITY_FILES,
  prove,
  readIdentity,
  type SavedIdentity,
  type NodeFetch,
  secureFetch,
  writeIdentity,
} from "@bastide/peer-tls";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";

const LOOK_EVERY_MS = 60_000;
const DEADLINE_MS = 20_000;

export interface NodeIdentityOptions {
  readonly directory: string;
  readonly orchestratorUrl: string;
  readonly journal: Journal;
}

/**
 * Who this node is: a key that never leaves its disk, and the token and certificate it was given for it. Both are
 * renewed when half of their time is over; when they have ended, too, since what counts is the key.
 */
export class NodeIdentity {
  readonly #options: NodeIdentityOptions;
  readonly #key: string;
  readonly #watchers = new Set<() => void>();
  readonly #stopped = new AbortController();
  #held: SavedIdentity;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;

  private constructor(options: NodeIdentityOptions, key: string, held: SavedIdentity) {
    this.#options = options;
    this.#key = key;
    this.#held = held;
  }

  /** Throws when the node has not joined, or its files are damaged. */
  static async load(options: NodeIdentityOptions): Promise<NodeIdentity> {
    const key = await readFile(join(options.directory, IDENTITY_FILES.key), "utf8");
    return new NodeIdentity(options, key, await readIdentity(options.directory));
  }

  get token(): string {
    return this.#held.token;
  }

  get credentials(): Credentials {
    const { certificate, authority } = this.#held;
    return { certificate, authority, key: this.#key };
  }

  /** Calls to the orchestrator, which has to prove itself by the platform's own authority. */
  get fetch(): NodeFetch {
    return secureFetch({ peer: { kind: "control" }, authority: () => this.#held.authority });
  }

  /** Calls `listener` after each renewal. */
  onRenewed(listener: () => void): void {
    this.#watchers.add(listener);
  }

  start(): void {
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopped.abort();
  }

  async #look(): Promise<void> {
    if (!isDue(this.#held, Date.now())) return;
    const { journal } = this.#options;
    try {
      await this.#renew();
      this.#isFailing = false;
      journal.info("this node's identity is renewed", { until: this.#held.expiresAt });
      for (const tell of this.#watchers) tell();
    } catch (error) {
      if (!this.#isFailing)
        journal.warn("this node's identity could not be renewed; it is tried again each minute", {
          reason: reasonOf(error),
          until: this.#held.expiresAt,
        });
      this.#isFailing = true;
    }
  }

  async #renew(): Promise<void> {
    const { directory, orchestratorUrl } = this.#options;
    const node = this.#held.name;
    const client = new ApiClient({
      baseUrl: orchestratorUrl,
      token: () => this.#held.token,
      fetch: this.fetch,
    });
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(DEADLINE_MS)]);
    const parameters = { node };
    const { challenge } = await client.call(nodeIdentityEndpoints.challenge, {
      parameters,
      signal,
    });
    const proof = prove({ kind: "renew", challenge, node }, this.#key);
    const fresh = await client.call(nodeIdentityEndpoints.renew, {
      parameters,
      body: { challenge, proof },
      signal,
    });
    this.#held = await writeIdentity(directory, fresh, new Date());
  }
}

/** When half of the time is over. */
export function isDue(
  { issuedAt, expiresAt }: Pick<SavedIdentity, "issuedAt" | "expiresAt">,
  nowMs: number,
): boolean {
  const [from, until] = [Date.parse(issuedAt), Date.parse(expiresAt)];
  return nowMs >= from + (until - from) / 2;
}
