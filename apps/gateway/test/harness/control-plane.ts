import { ConfigSource, type Json, ndjsonOf } from "@bastide/config-stream";
import {
  acknowledgementOf,
  type Certificate,
  certificateKey,
  GatewayReport,
  type Route,
  routeKey,
  type StreamVersion,
} from "@bastide/contracts";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { httpApp, type TestServer } from "./sockets.ts";

const Acknowledgement = acknowledgementOf(GatewayReport);

/** The two calls that gateways make, over a real ConfigSource. */
export class ControlPlane implements AsyncDisposable {
  readonly source: ConfigSource;
  /** Tokens that came, in order. */
  readonly tokens: (string | undefined)[] = [];
  readonly reports: (readonly string[])[] = [];
  /** Messages that get lost on their way, from now on. */
  toLose = 0;
  #server: TestServer | undefined;
  #port = 0;

  constructor(history = "01990000-0000-7000-8000-000000000001", epoch = 1) {
    this.source = new ConfigSource({ history, epoch });
  }

  async start(): Promise<this> {
    this.#server = await httpApp(
      (request, response) => void this.#answer(request, response).catch(() => response.destroy()),
      { port: this.#port },
    );
    this.#port = this.#server.port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  set(...routes: readonly Route[]): StreamVersion {
    return this.put(routes.map((route) => [routeKey(route), route] as const));
  }

  certify(...certificates: readonly Certificate[]): StreamVersion {
    return this.put(certificates.map((one) => [certificateKey(one), one] as const));
  }

  put(entries: readonly (readonly [key: string, value: unknown])[]): StreamVersion {
    return this.source.apply(entries.map(([key, value]) => ({ key, value: value as Json })));
  }

  acknowledged(version: StreamVersion): Promise<void> {
    return this.source.waitForAcknowledgement(version, AbortSignal.timeout(5_000));
  }

  /** Gone, as after kill -9; `start` brings it back on the same port. */
  async die(): Promise<void> {
    await this.#server?.die();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.die();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.tokens.push(request.headers.authorization);
    const url = new URL(request.url ?? "", this.url);
    const [, , , gateway = "", verb] = url.pathname.split("/");
    if (verb === "acknowledgements") {
      const { version, report, unmentioned } = Acknowledgement.parse(
        JSON.parse(await text(request)),
      );
      this.reports.push(report.busy);
      this.source.acknowledge(gateway, version, report, unmentioned);
      response.writeHead(204).end();
      return;
    }
    const controller = new AbortController();
    response.on("close", () => controller.abort());
    const stream = ndjsonOf(this.source.subscribe(gateway, since(url), controller.signal));
    for await (const line of stream)
      if (this.toLose > 0) this.toLose -= 1;
      else response.write(line);
    response.end();
  }
}

function since({ searchParams }: URL): StreamVersion | undefined {
  const history = searchParams.get("history");
  const [epoch, sequence] = [searchParams.get("epoch"), searchParams.get("sequence")];
  return history === null
    ? undefined
    : { history, epoch: Number(epoch), sequence: Number(sequence) };
}
