import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ConfigSource, ndjsonOf } from "@bastide/config-stream";
import {
  type InstanceSpec,
  NodeHeartbeat,
  NodeReport,
  type ObservedInstance,
  StreamQuery,
  StreamVersion,
  uuidv7,
} from "@bastide/contracts";
import { z } from "zod";
import { freePort } from "../../../tools/testing/free-port.ts";

type Handler = (
  match: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** The orchestrator's side of the agent's protocol, over real HTTP: a config stream, reports, and blobs by digest. */
export class FakeControlPlane {
  readonly history = uuidv7();
  source = new ConfigSource({ history: this.history, epoch: 1 });
  readonly blobs = new Map<string, Buffer>();
  readonly reports: { readonly atMs: number; readonly report: NodeReport }[] = [];
  readonly heartbeats: NodeHeartbeat[] = [];
  readonly tokens: (string | undefined)[] = [];
  readonly unmentioned: string[][] = [];
  readonly #observed = new Map<string, ObservedInstance>();
  readonly #watchers = new Set<() => void>();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get agentUrl(): string | undefined {
    return this.reports.at(-1)?.report.agentUrl;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
  }

  /** As a crash would: every connection is cut. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  run(...specs: readonly InstanceSpec[]): void {
    this.source.apply(
      specs.map((spec) => ({ key: `instance/${spec.id}`, value: z.json().parse(spec) })),
    );
  }

  remove(id: string): void {
    this.source.apply([{ key: `instance/${id}`, tombstone: true }]);
  }

  observed(id: string): ObservedInstance | undefined {
    return this.#observed.get(id);
  }

  /** Every phase that was reported of an instance, in order, without repetitions. */
  phases(id: string): string[] {
    const all = this.reports.flatMap(({ report }) =>
      report.instances.filter((instance) => instance.id === id).map(({ phase }) => phase),
    );
    return all.filter((phase, index) => phase !== all[index - 1]);
  }

  /** Resolves with what `find` gives as soon as it gives something; fails after the deadline with what was seen. */
  async until<Found>(find: () => Found | undefined | false, deadlineMs = 40_000): Promise<Found> {
    const deadline = AbortSignal.timeout(deadlineMs);
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (deadline.aborted) {
        const seen = JSON.stringify([...this.#observed.values()], undefined, 1);
        throw new Error(`not within ${deadlineMs} ms; observed: ${seen}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#watchers.delete(wake);
          deadline.removeEventListener("abort", wake);
          resolve();
        };
        this.#watchers.add(wake);
        deadline.addEventListener("abort", wake);
      });
    }
  }

  untilPhase(
    id: string,
    phase: ObservedInstance["phase"],
    deadlineMs?: number,
  ): Promise<ObservedInstance> {
    return this.until(() => {
      const observed = this.#observed.get(id);
      return observed?.phase === phase ? observed : undefined;
    }, deadlineMs);
  }

  readonly #routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
    ["GET", /^\/v1\/nodes\/([\w-]+)\/desired$/, (m, q, r) => this.#desired(m, q, r)],
    ["POST", /^\/v1\/nodes\/([\w-]+)\/acknowledgements$/, (m, q, r) => this.#acknowledge(m, q, r)],
    ["POST", /^\/v1\/nodes\/([\w-]+)\/reports$/, (m, q, r) => this.#report(m, q, r)],
    ["POST", /^\/v1\/nodes\/([\w-]+)\/heartbeats$/, (m, q, r) => this.#heartbeat(m, q, r)],
    ["GET", /^\/v1\/nodes\/[\w-]+\/artefacts\/([^/]+)$/, (m, q, r) => this.#blob(m, q, r)],
    ["PUT", /^\/v1\/nodes\/[\w-]+\/artefacts\/([^/]+)$/, (m, q, r) => this.#store(m, q, r)],
  ];

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.tokens.push(request.headers.authorization);
    const { pathname } = new URL(request.url ?? "/", this.url);
    for (const [method, path, handler] of this.#routes) {
      const match = path.exec(pathname);
      if (match && request.method === method)
        return handler(match.map(decodeURIComponent), request, response).catch(
          () => void response.destroy(),
        );
    }
    response.writeHead(404).end();
  }

  async #desired(
    [, node = ""]: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const query = StreamQuery.parse(Object.fromEntries(url.searchParams));
    const since = StreamVersion.safeParse(query);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const messages = this.source.subscribe(node, since.data, gone.signal);
    for await (const line of ndjsonOf(messages)) response.write(line);
  }

  async #acknowledge(
    [, node = ""]: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = JSON.parse((await bytesOf(request)).toString());
    this.unmentioned.push(body.unmentioned);
    this.source.acknowledge(node, StreamVersion.parse(body.version), null);
    response.writeHead(204).end();
    this.#notify();
  }

  async #report(
    _: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const report = NodeReport.parse(JSON.parse((await bytesOf(request)).toString()));
    this.reports.push({ atMs: Date.now(), report });
    for (const instance of report.instances) this.#observed.set(instance.id, instance);
    response.writeHead(204).end();
    this.#notify();
  }

  async #heartbeat(
    _: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.heartbeats.push(NodeHeartbeat.parse(JSON.parse((await bytesOf(request)).toString())));
    response.writeHead(204).end();
    this.#notify();
  }

  async #blob(
    [, digest = ""]: readonly string[],
    _: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const blob = this.blobs.get(digest);
    response.writeHead(blob ? 200 : 404).end(blob);
  }

  async #store(
    [, digest = ""]: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.blobs.set(digest, await bytesOf(request));
    response.writeHead(204).end();
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#watchers) wake();
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
