import type { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { KeyRing } from "./key-ring.ts";
import type { AsyncRootKeys } from "./root-keys.ts";
import { parseWebKeys, rootKeysOf, WEB_KEYS_PATH } from "./web-keys.ts";

/** The part of `fetch` that is used, so that any other can stand in. */
export type FetchWebKeys = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: "error";
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** How web keys are fetched and kept. */
export interface WebKeySourceOptions {
  /** The global `fetch` unless given. */
  readonly fetch?: FetchWebKeys;
  /** The system's time unless given. */
  readonly now?: () => Date;
  /** How long a document counts as fresh; 10 minutes unless given. */
  readonly freshMs?: number;
  /**
   * Least time between two fetches, whether they succeed or not; 30 seconds unless given. Tokens choose the ids that are
   * asked for, so nobody can make this process flood an issuer.
   */
  readonly cooldownMs?: number;
  /** How long a document is used beyond its freshness when the issuer does not answer; a day unless given. */
  readonly staleMs?: number;
  /** From the request to the last byte; 5 seconds unless given. */
  readonly timeoutMs?: number;
  /** Largest document; 64 KiB unless given. */
  readonly maxBytes?: number;
}

const DEFAULTS = {
  freshMs: 600_000,
  cooldownMs: 30_000,
  staleMs: 86_400_000,
  timeoutMs: 5_000,
  maxBytes: 65_536,
};

const unavailable = (message: string, cause?: unknown): BiscuitError =>
  new BiscuitError("web-keys-unavailable", message, { cause });

/** Reads a body without ever holding more than `maxBytes` of it. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, size] = ["", 0];
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw unavailable(`the document has more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** HTTPS only, but for this machine: whoever can change the document on its way decides who is let in. */
function checkedUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new BiscuitError("invalid-value", "the issuer of web keys is named by a URL");
  const url = new URL(text);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLocal)) return url;
  throw new BiscuitError(
    "invalid-value",
    `web keys are fetched over https, not from ${url.protocol}//${url.host}`,
  );
}

/**
 * Root keys that an issuer publishes, fetched when they are needed and kept. Many callers at once cause one request. A
 * token that names an unknown key id makes it look again, but not before the cooldown is over.
 */
export class WebKeySource implements AsyncRootKeys {
  readonly #url: string;
  readonly #fetch: FetchWebKeys;
  readonly #now: () => Date;
  readonly #limits: typeof DEFAULTS;
  #ring: KeyRing | undefined;
  /** Milliseconds since the epoch; of the last success, and of the last try. */
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #failure: BiscuitError | undefined;

  /** `origin` is the issuer's, such as `https://example.org`; or a whole URL. Throws `invalid-value` unless it is https. */
  constructor(origin: string, options: WebKeySourceOptions = {}) {
    const url = checkedUrl(origin);
    if (url.pathname === "/") url.pathname = WEB_KEYS_PATH;
    const { fetch = (input, init) => globalThis.fetch(input, init), now = () => new Date() } =
      options;
    this.#url = url.href;
    this.#fetch = fetch;
    this.#now = now;
    this.#limits = { ...DEFAULTS, ...options };
  }

  /** Throws `unknown-root-key`, `inactive-root-key` and, when nothing usable is known, `web-keys-unavailable`. */
  async candidatesAsync(rootKeyId: number | undefined): Promise<readonly PublicKey[]> {
    if (this.#age() > this.#limits.freshMs || !this.#knows(rootKeyId)) await this.#refresh();
    const isUsable = this.#age() <= this.#limits.freshMs + this.#limits.staleMs;
    if (this.#ring === undefined || !isUsable)
      throw (
        this.#failure ??
        unavailable(`no keys of ${this.#url} are known, and it is too early to ask again`)
      );
    return this.#ring.candidates(rootKeyId);
  }

  #age(): number {
    return this.#now().getTime() - this.#fetchedAt;
  }

  #knows(rootKeyId: number | undefined): boolean {
    const keys = this.#ring?.keys ?? [];
    return rootKeyId === undefined ? keys.length > 0 : keys.some(({ id }) => id === rootKeyId);
  }

  async #refresh(): Promise<void> {
    const now = this.#now().getTime();
    if (this.#running === undefined && now - this.#triedAt < this.#limits.cooldownMs) return;
    if (this.#running === undefined) {
      this.#triedAt = now;
      this.#running = this.#load().finally(() => {
        this.#running = undefined;
      });
    }
    await this.#running;
  }

  /** Never rejects: what was known before stays in use, and the failure is told only when there is nothing else. */
  async #load(): Promise<void> {
    try {
      const text = await this.#request();
      this.#ring = KeyRing.of(rootKeysOf(parseWebKeys(text)), { now: this.#now });
      this.#fetchedAt = this.#now().getTime();
      this.#failure = undefined;
    } catch (error) {
      this.#failure =
        error instanceof BiscuitError ? error : unavailable(`${this.#url} did not answer`, error);
    }
  }

  async #request(): Promise<string> {
    const signal = AbortSignal.timeout(this.#limits.timeoutMs);
    // The signal ends the request where `fetch` heeds it; the race ends the wait where it does not.
    return Promise.race([this.#read(signal), rejectionOf(signal, this.#url)]);
  }

  async #read(signal: AbortSignal): Promise<string> {
    const response = await this.#fetch(this.#url, {
      headers: { accept: "application/json" },
      // A redirect would hand the decision whom to trust to somebody else.
      redirect: "error",
      signal,
    });
    if (response.status === 200) return readText(response, this.#limits.maxBytes);
    throw unavailable(`${this.#url} answered ${response.status}`);
  }
}

function rejectionOf(signal: AbortSignal, url: string): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(unavailable(`${url} did not answer in time`));
    });
  });
}
