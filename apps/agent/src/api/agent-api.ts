import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Refusal as HttpRefusal } from "@bastide/biscuit/http";
import { AgentBuildRequest, type AgentBuildEvent, LogsQuery } from "@bastide/contracts";
import type { z } from "zod";
import type { Instances } from "../instances/instances.ts";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import type { InstanceLogs } from "../logs/instance-logs.ts";
import { answerLines, answerProblem, readJson, Refusal, untilGone } from "./answers.ts";
import type { ControlPlaneGuard } from "./control-plane-guard.ts";

export interface AgentApiOptions {
  readonly guard: ControlPlaneGuard;
  readonly instances: Pick<Instances, "get">;
  readonly logs: InstanceLogs;
  readonly build: (
    request: AgentBuildRequest,
    signal: AbortSignal,
  ) => AsyncIterable<AgentBuildEvent>;
  readonly journal: Journal;
}

const LOGS = /^\/v1\/instances\/([\w-]{1,64})\/logs$/;

/** What the orchestrator asks of this agent directly. Listens on the loopback address, or answers behind the node's door; every request needs a token. */
export class AgentApi {
  readonly #options: AgentApiOptions;
  readonly #server: Server;

  constructor(options: AgentApiOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.headersTimeout = 10_000;
    this.#server.requestTimeout = 30_000;
    this.#server.maxHeadersCount = 100;
  }

  /** The API's URL, on a port that the system chose. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: "127.0.0.1", port: 0 }, () => {
        const address = this.#server.address();
        if (address === null || typeof address === "string")
          return reject(new Error("the agent's API has no port"));
        resolve(`http://127.0.0.1:${address.port}`);
      });
    });
  }

  /** Answers on a connection that somebody else accepted. */
  accept(socket: Duplex): void {
    this.#server.emit("connection", socket);
  }

  /** Ends every connection, which cancels their builds. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = untilGone(response);
    try {
      await this.#authorize(request);
      await this.#route(request, response, gone);
    } catch (error) {
      if (gone.aborted) return;
      if (!(error instanceof Refusal))
        this.#options.journal.error("a request failed", {
          url: request.url,
          reason: reasonOf(error),
        });
      if (response.headersSent) response.destroy();
      else answerProblem(response, refusalOf(error));
    }
  }

  async #authorize(request: IncomingMessage): Promise<void> {
    const action = `${request.method} ${request.url?.split("?")[0]}`;
    const admission = await this.#options.guard.admit(request, action);
    if (!admission.admitted) throw unauthorized(admission.refusal);
  }

  #route(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const url = new URL(request.url ?? "/", "http://agent");
    if (request.method === "POST" && url.pathname === "/v1/builds")
      return this.#build(request, response, gone);
    const instance = LOGS.exec(url.pathname)?.[1];
    if (request.method === "GET" && instance !== undefined)
      return this.#logs(instance, url.searchParams, response, gone);
    throw new Refusal("not-found", `the agent has no ${request.method} ${url.pathname}`);
  }

  async #build(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const wanted = parsed(AgentBuildRequest, await readJson(request));
    await answerLines(response, this.#options.build(wanted, gone), gone);
  }

  async #logs(
    id: string,
    parameters: URLSearchParams,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const query = parsed(LogsQuery, Object.fromEntries(parameters));
    const instance = this.#options.instances.get(id);
    if (!instance) throw new Refusal("not-found", `this node has no instance ${id}`);
    const { process } = instance;
    const lines = this.#options.logs.read(id, query, AbortSignal.any([gone, instance.gone]));
    const shown = async function* () {
      for await (const { atMs, stream, text } of lines)
        yield { at: new Date(atMs).toISOString(), instance: id, process, stream, line: text };
    };
    await answerLines(response, shown(), gone);
  }
}

const CODES = { 400: "invalid-request", 401: "unauthenticated", 403: "forbidden" } as const;

function unauthorized({ status, detail, why = [], challenge }: HttpRefusal): Refusal {
  return new Refusal(CODES[status], [detail, ...why].join("; "), [], challenge);
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    path: path.join("."),
    message,
  }));
  throw new Refusal("invalid-request", "the request does not have the form it should have", errors);
}

const refusalOf = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal("internal", reasonOf(error));
