import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { SAFETY_RULES, Witness } from "@bastide/ha";
import { z } from "zod";

const Write = z.object({
  node: z.string(),
  epoch: z.number().int(),
  pid: z.number().int(),
  atMs: z.number(),
});

export interface SeenWrite extends z.infer<typeof Write> {
  readonly admitted: boolean;
}

/** What the drill writes to: it refuses every epoch but the greatest that it has seen, and remembers all. */
export class DrillWitness implements AsyncDisposable {
  readonly writes: SeenWrite[] = [];
  readonly #witness = new Witness(0, SAFETY_RULES);
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async listen(): Promise<DrillWitness> {
    const witness = new DrillWitness();
    witness.#server.listen(0, "0.0.0.0");
    await once(witness.#server, "listening");
    return witness;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** Epochs under which more than one node was admitted: the witness cannot help there. */
  sharedEpochs(): number {
    const nodes = new Map<number, Set<string>>();
    for (const { epoch, node, admitted } of this.writes)
      if (admitted) nodes.set(epoch, (nodes.get(epoch) ?? new Set()).add(node));
    return [...nodes.values()].filter(({ size }) => size > 1).length;
  }

  /** Writes that were admitted after one of a greater epoch. */
  outOfOrder(): number {
    let highest = 0;
    let count = 0;
    for (const { epoch, admitted } of this.writes) {
      if (admitted && epoch < highest) count += 1;
      if (admitted) highest = Math.max(highest, epoch);
    }
    return count;
  }

  fenced(): number {
    return this.writes.filter(({ admitted }) => !admitted).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const write = Write.safeParse(await json(request));
      response.writeHead(write.success && this.#take(write.data) ? 204 : 409).end();
    } catch {
      // Whoever wrote has died before the end of it.
      response.destroy();
    }
  }

  #take(write: z.infer<typeof Write>): boolean {
    const admitted = this.#witness.admit(write.epoch).kind === "admitted";
    this.writes.push({ ...write, admitted });
    return admitted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
