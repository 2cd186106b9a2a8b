import { closeSync, constants, openSync } from "node:fs";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline";
import { GatewayAnswer, type GatewayRequest } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import type { ExitReason } from "../command-line/exit-codes.ts";
import { Failure, systemCode } from "../command-line/failure.ts";
import {
  type FoundGateway,
  type GatewayOptions,
  locateGateway,
  locateGateways,
} from "./locate-gateways.ts";

type Refusal = Extract<GatewayAnswer, { ok: false }>["error"]["code"];
type Result = Extract<GatewayAnswer, { ok: true }>["result"];

const REASONS: Readonly<Record<Refusal, ExitReason>> = {
  "invalid-request": "usage",
  conflict: "conflict",
  "not-found": "notFound",
  failed: "failed",
};
/** Bytes that a UNIX socket's path may have. */
const MAX_PATH = 107;

/** A conversation with a gateway on this machine. */
export class ControlConnection implements Disposable {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = createInterface({ input: socket });
    // A socket that is destroyed ends its reader by no other way.
    socket.once("close", () => reader.close());
    this.#lines = reader[Symbol.asyncIterator]();
  }

  /** Throws Failure when there is no gateway, or this user may not speak to it. */
  static async open({ socket: file }: FoundGateway, context: Context): Promise<ControlConnection> {
    const socket = connectTo(file);
    const { signal } = context;
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    try {
      await once(socket, "connect", { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(file, error);
    }
    socket.on("error", () => {});
    return new ControlConnection(socket);
  }

  /** Throws Failure with what the gateway says when it refuses. */
  async ask(request: GatewayRequest): Promise<Result> {
    this.#socket.write(`${JSON.stringify(request)}\n`);
    const line = await this.next();
    if (line === undefined)
      throw new Failure("failed", "the gateway ended before it answered", { fix: "ask again" });
    const answer = GatewayAnswer.parse(JSON.parse(line));
    if (answer.ok) return answer.result;
    throw new Failure(REASONS[answer.error.code], answer.error.message);
  }

  /** The next line; undefined when the conversation is over. */
  async next(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** One request and its answer, of the one gateway that is meant. */
export async function askGateway(
  request: GatewayRequest,
  options: GatewayOptions,
  context: Context,
): Promise<Result> {
  return ask(request, locateGateway(options, context), context);
}

/** What one of several gateways answered. */
export interface Answered {
  readonly node: string | undefined;
  readonly result: Result;
}

/** The same of every gateway that is meant, one after the other. */
export async function askGateways(
  request: GatewayRequest,
  options: GatewayOptions,
  context: Context,
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (const found of locateGateways(options, context))
    answers.push({ node: found.node, result: await ask(request, found, context) });
  return answers;
}

async function ask(
  request: GatewayRequest,
  found: FoundGateway,
  context: Context,
): Promise<Result> {
  using connection = await ControlConnection.open(found, context);
  return await connection.ask(request);
}

/** A path that is too long for a socket is reached through a descriptor of its directory. */
function connectTo(file: string): Socket {
  if (Buffer.byteLength(file) <= MAX_PATH) return connect(file);
  const directory = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return connect(`/proc/self/fd/${directory}/${basename(file)}`);
  } finally {
    closeSync(directory);
  }
}

function unreachable(file: string, cause: unknown): Failure {
  if (systemCode(cause) === "EACCES")
    return new Failure(
      "refused",
      `the gateway's control socket ${file} is for its own user and root`,
      {
        fix: "run the command as that user",
        cause,
      },
    );
  return new Failure("unreachable", `no gateway answers at ${file}`, {
    fix: "is it running? `bastide status`",
    cause,
  });
}
