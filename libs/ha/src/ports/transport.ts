import type { NodeMessage } from "../agent/node-message.ts";

/**
 * What carries messages between nodes. It may lose, repeat, delay and reorder them, and nothing rests on it that it does
 * not; but whoever is said to have sent one has.
 */
export abstract class Transport {
  /** Called many times a second, and for nodes that are not there: never waits, never throws, and keeps nothing for later. */
  abstract send(to: string, message: NodeMessage): void;
}
