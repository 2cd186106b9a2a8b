import type { ListenerKind } from "../launcher/launcher.ts";
import type { Front, FrontUser } from "./front.ts";
import type { SecureFront } from "./secure-front.ts";

/** A listening socket that another process has bound, by its descriptor in this one. */
export interface Descriptor {
  readonly kind: ListenerKind;
  readonly fd: number;
}

/** Plain HTTP, and HTTPS beside it. */
export class Fronts {
  readonly #plain: Front;
  readonly #secure: SecureFront;

  constructor(plain: Front, secure: SecureFront) {
    this.#plain = plain;
    this.#secure = secure;
  }

  /** Open connections of clients. */
  get connections(): number {
    return this.#plain.connections + this.#secure.connections;
  }

  async adopt(user: FrontUser, descriptors: readonly Descriptor[]): Promise<void> {
    const of = (wanted: ListenerKind): number[] =>
      descriptors.flatMap(({ kind, fd }) => (kind === wanted ? [fd] : []));
    await this.#plain.adopt(user, of("http"));
    await this.#secure.adopt(user, of("https"));
  }

  /** Whether clients are asked to go elsewhere. */
  drain(isLame: boolean): void {
    this.#secure.drain(isLame);
  }

  async retire(user: FrontUser, deadlineMs: number): Promise<void> {
    await Promise.all([
      this.#plain.retire(user, deadlineMs),
      this.#secure.retire(user, deadlineMs),
    ]);
  }

  async close(user: FrontUser, deadlineMs: number): Promise<void> {
    await Promise.all([this.#plain.close(user, deadlineMs), this.#secure.close(user, deadlineMs)]);
  }
}
