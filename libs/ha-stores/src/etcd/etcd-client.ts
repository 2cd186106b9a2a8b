import { LeaseStoreUnavailable } from "@bastide/ha";
import {
  type Answer,
  BadAnswer,
  parseAuthentication,
  parseLeaseGrant,
  parseRefusal,
  parseTransaction,
  parseWatch,
  type Refusal,
  type TransactionAnswer,
  type WatchAnswer,
} from "./answers.ts";
import { AttemptFailed, FIX_NOT_ETCD } from "./attempt-failed.ts";
import type { EtcdSettings } from "./etcd-options.ts";
import { Gateway } from "./gateway.ts";
import {
  leaseGrantMessage,
  type Transaction,
  transactionMessage,
  watchMessage,
} from "./messages.ts";
import { Terms } from "./terms.ts";

interface Call<T> {
  readonly path: string;
  readonly body: string;
  readonly parse: (text: string) => Answer<T>;
  /** Whether it may be asked of a second endpoint though the first may have carried it out. */
  readonly isRepeatable: boolean;
}

/** Status codes of gRPC. */
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const FIXES: Readonly<Record<number, string>> = {
  3: "check the user and the password, and whether authentication is enabled at etcd",
  7: "grant the user's role read and write on the prefix",
  9: "give no credentials, or enable authentication at etcd",
  [RESOURCE_EXHAUSTED]: "compact and defragment etcd, then disarm its alarm (etcdctl alarm disarm)",
  [UNAVAILABLE]: "see that a majority of the members runs (etcdctl endpoint health --cluster)",
  [UNAUTHENTICATED]: "check the user and the password",
};

/** What etcd refuses before it does anything: it does not know the token, or wants one that is newer. */
const isStaleToken = ({ code, message }: Refusal): boolean =>
  code === UNAUTHENTICATED || /invalid auth token|auth.*revision.*old/i.test(message);

/** Questions to a cluster of etcd: one member after another until one gives an answer that counts. */
export class EtcdClient {
  readonly #settings: EtcdSettings;
  readonly #gateway: Gateway;
  readonly #terms: Terms;
  #preferred = 0;
  #token: string | undefined;

  constructor(settings: EtcdSettings) {
    this.#settings = settings;
    this.#gateway = new Gateway(settings);
    this.#terms = new Terms(settings.forgetTermMs);
  }

  close(): void {
    this.#gateway.close();
  }

  /**
   * One atomic step. Throws LeaseStoreUnavailable. A transaction that is not repeatable is carried out once at most;
   * one that is may be carried out twice when the first endpoint goes silent over it, so its comparisons have to see
   * to it that the second time does no harm.
   */
  transact(
    transaction: Transaction,
    signal: AbortSignal,
    { isRepeatable }: { readonly isRepeatable: boolean },
  ): Promise<TransactionAnswer> {
    const parse = (text: string) => parseTransaction(text, transaction);
    const body = transactionMessage(transaction);
    return this.#ask({ path: "/v3/kv/txn", body, parse, isRepeatable }, signal);
  }

  /** A new etcd lease, by way of Raft: its id. One that is not used ends by itself. */
  grantLease(ttlSeconds: number, signal: AbortSignal): Promise<string> {
    const parse = (text: string) => parseLeaseGrant(text, ttlSeconds);
    const body = leaseGrantMessage(ttlSeconds);
    return this.#ask({ path: "/v3/lease/grant", body, parse, isRepeatable: true }, signal);
  }

  /** News of a key from one endpoint, from when it says `isCreated` on. Throws AttemptFailed when that ends. */
  async *watch(key: string, signal: AbortSignal): AsyncGenerator<WatchAnswer, void, undefined> {
    const endpoint = this.#endpoint();
    const floor = this.#terms.floor(performance.now());
    const deadline = new AbortController();
    const late = setTimeout(() => deadline.abort(), this.#settings.attemptMs);
    const bounded = AbortSignal.any([signal, deadline.signal]);
    try {
      const token = await this.#tokenOf(endpoint, bounded);
      const post = { endpoint, path: "/v3/watch", body: watchMessage(key), token };
      for await (const line of this.#gateway.lines(post, bounded)) {
        clearTimeout(late);
        if (line !== "") yield this.#believed(() => parseWatch(line, key), floor);
      }
    } catch (error) {
      // Cut, refused, or given up as deaf: the next one is of another endpoint and with a token that is known there.
      this.#leave(endpoint);
      this.#token = undefined;
      throw error;
    } finally {
      clearTimeout(late);
      deadline.abort();
    }
  }

  #endpoint(): URL {
    const { endpoints } = this.#settings;
    const endpoint = endpoints[this.#preferred % endpoints.length];
    if (endpoint === undefined) throw new RangeError("no endpoint of etcd is given");
    return endpoint;
  }

  /** Others that ask at the same time may have left it already. */
  #leave(endpoint: URL): void {
    if (endpoint === this.#endpoint()) this.#preferred += 1;
  }

  async #ask<T>(call: Call<T>, signal: AbortSignal): Promise<T> {
    const failures: [URL, AttemptFailed][] = [];
    while (failures.length < this.#settings.endpoints.length) {
      signal.throwIfAborted();
      const endpoint = this.#endpoint();
      try {
        return await this.#attempt(endpoint, call, signal);
      } catch (error) {
        if (!(error instanceof AttemptFailed)) throw error;
        signal.throwIfAborted();
        failures.push([endpoint, error]);
        this.#leave(endpoint);
        if (error.isPerhapsDone && !call.isRepeatable) break;
      }
    }
    throw unavailable(failures);
  }

  async #attempt<T>(endpoint: URL, call: Call<T>, signal: AbortSignal): Promise<T> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(this.#settings.attemptMs)]);
    const token = await this.#tokenOf(endpoint, bounded);
    const first = await this.#post(endpoint, call, token, bounded);
    if (first.kind === "answer") return first.body;
    const { refusal } = first;
    if (token === undefined || !isStaleToken(refusal)) throw refused(refusal);
    this.#token = undefined;
    const fresh = await this.#tokenOf(endpoint, bounded);
    const second = await this.#post(endpoint, call, fresh, bounded);
    if (second.kind === "answer") return second.body;
    throw refused(second.refusal);
  }

  async #post<T>(
    endpoint: URL,
    { path, body, parse }: Call<T>,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "answer"; readonly body: T }
    | { readonly kind: "refused"; readonly refusal: Refusal }
  > {
    const floor = this.#terms.floor(performance.now());
    const { status, text } = await this.#gateway.post({ endpoint, path, body, token }, signal);
    if (status === 200) return { kind: "answer", body: this.#believed(() => parse(text), floor) };
    return { kind: "refused", refusal: understood(() => parseRefusal(text), `status ${status}, `) };
  }

  #believed<T>(parse: () => Answer<T>, floor: bigint): T {
    const { raftTerm, body } = understood(parse, "");
    if (this.#terms.accept(raftTerm, floor, performance.now())) return body;
    throw new AttemptFailed(
      `it answered in raft term ${raftTerm}, after another had answered in term ${floor}`,
      {
        fix: "take this member out: it was restored from a backup or is of another cluster. A cluster that was rebuilt as a whole is believed after a while",
        isPerhapsDone: true,
      },
    );
  }

  async #tokenOf(endpoint: URL, signal: AbortSignal): Promise<string | undefined> {
    const { credentials } = this.#settings;
    if (credentials === undefined) return undefined;
    if (this.#token !== undefined) return this.#token;
    const body = JSON.stringify({ name: credentials.username, password: credentials.password });
    const call = { path: "/v3/auth/authenticate", body, parse: parseAuthentication };
    const answer = await this.#post(endpoint, { ...call, isRepeatable: true }, undefined, signal);
    if (answer.kind === "refused") throw refused(answer.refusal, false);
    this.#token = answer.body;
    return answer.body;
  }
}

function understood<T>(parse: () => T, prefix: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    const fact = `it answered ${prefix}${error.message}`;
    throw new AttemptFailed(fact, { fix: FIX_NOT_ETCD, isPerhapsDone: true, cause: error });
  }
}

function refused({ code, message }: Refusal, isPerhapsDone = true): AttemptFailed {
  const fix = FIXES[code] ?? FIX_NOT_ETCD;
  return new AttemptFailed(`it refused with code ${code}: ${message}`, { fix, isPerhapsDone });
}

function unavailable(failures: readonly (readonly [URL, AttemptFailed])[]): LeaseStoreUnavailable {
  const facts = failures.map(([{ origin }, { message }]) => `${origin}: ${message}`).join("; ");
  const fixes = [...new Set(failures.map(([, { fix }]) => fix))].join("; ");
  return new LeaseStoreUnavailable(`etcd gave no answer that counts. ${facts}. To do: ${fixes}.`, {
    cause: failures.at(-1)?.[1],
  });
}
