import type { RawClient } from "../harness/sockets.ts";

/** Politely or not, by turns. */
export function leave(client: RawClient, turn: number): void {
  if (turn % 2 === 0) client.socket.destroy();
  else client.reset();
}
