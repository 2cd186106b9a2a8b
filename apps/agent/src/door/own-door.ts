import type { OwnDoor } from "@bastide/contracts";
import { reasonOf } from "../journal/reason.ts";
import { NodeDoor, type NodeDoorOptions } from "./node-door.ts";

const AGAIN_MS = 1_000;

type Parts = Omit<NodeDoorOptions, "identity">;

/**
 * The door of the node on the control plane's own machine. It has not joined, so that where its door is and what it shows
 * are told to it; and it leads to the control plane as well, which gateways on other nodes reach in no other way.
 */
export class OwnDoorKeeper {
  readonly #parts: Parts;
  readonly #renewed = new Set<() => void>();
  #wanted: OwnDoor | undefined;
  #door: NodeDoor | undefined;
  #openAt: string | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What it shows and where it leads change without a connection being cut; where it is, by opening it anew. */
  apply(wanted: OwnDoor): void {
    this.#wanted = wanted;
    for (const tell of this.#renewed) tell();
    if (this.#openAt !== placeOf(wanted)) this.#open();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#door?.close();
    this.#door = undefined;
    this.#renewed.clear();
  }

  #open(): void {
    this.close();
    const { listen } = this.#told();
    this.#openAt = placeOf(this.#told());
    const door = new NodeDoor({
      ...this.#parts,
      identity: this.#identity(),
      addressOf: (id) => this.#parts.addressOf(id) ?? this.#told().leads[id],
    });
    this.#door = door;
    door.listen(listen).catch((error: unknown) => {
      const reason = reasonOf(error);
      this.#parts.journal.error("this node's door cannot be opened; it is tried again", { reason });
      this.#again = setTimeout(() => this.#open(), AGAIN_MS).unref();
    });
  }

  #identity(): NodeDoorOptions["identity"] {
    const told = (): OwnDoor => this.#told();
    return {
      get credentials() {
        return told();
      },
      onRenewed: (listener) => void this.#renewed.add(listener),
    };
  }

  #told(): OwnDoor {
    if (!this.#wanted) throw new Error("nobody has said yet where this node's door is");
    return this.#wanted;
  }
}

const placeOf = ({ listen }: OwnDoor): string => `${listen.host} ${listen.port}`;
