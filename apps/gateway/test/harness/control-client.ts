import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { GatewayAnswer } from "@bastide/contracts";

/** A gateway's control socket, from outside. */
export class ControlClient implements Disposable {
  readonly socket: Socket;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#reader = createInterface({ input: socket });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  static async open(directory: string): Promise<ControlClient> {
    const socket = connect(join(directory, "control.sock"));
    await once(socket, "connect");
    return new ControlClient(socket);
  }

  /** One request and its answer. */
  async ask(request: unknown): Promise<GatewayAnswer> {
    this.socket.write(`${typeof request === "string" ? request : JSON.stringify(request)}\n`);
    return GatewayAnswer.parse(JSON.parse(await this.line()));
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the connection ended");
    return value;
  }

  [Symbol.dispose](): void {
    this.#reader.close();
    this.socket.destroy();
  }
}

/** One request on a connection of its own; the result of one that must succeed. */
export async function command<Result>(directory: string, request: unknown): Promise<Result> {
  using client = await ControlClient.open(directory);
  const answer = await client.ask(request);
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
  return answer.result as Result;
}
