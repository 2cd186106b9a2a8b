import {
  ApiClient,
  bodyOf,
  endpoints,
  type NodeHeartbeat,
  type NodeReport,
  StreamMessage,
  type StreamVersion,
} from "@bastide/contracts";
import type { Self } from "../identity/self.ts";

const DEADLINE_MS = 10_000;
const DOWNLOAD_DEADLINE_MS = 15 * 60_000;

/** The orchestrator, as this node talks to it. */
export class ControlPlane {
  readonly #client: ApiClient;
  readonly #node: string;

  constructor({ node, orchestratorUrl, token, fetch }: Self) {
    this.#node = node;
    this.#client = new ApiClient({ baseUrl: orchestratorUrl, token, ...(fetch ? { fetch } : {}) });
  }

  desired(since: StreamVersion | undefined, signal: AbortSignal): AsyncIterable<StreamMessage> {
    return this.#client.lines(endpoints.nodes.desired, StreamMessage, {
      parameters: { node: this.#node },
      query: since ?? {},
      signal,
    });
  }

  async acknowledge(
    version: StreamVersion,
    unmentioned: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.#client.call(endpoints.nodes.acknowledge, {
      parameters: { node: this.#node },
      body: { version, report: null, unmentioned: [...unmentioned] },
      signal,
    });
  }

  async report(body: NodeReport, signal: AbortSignal): Promise<void> {
    await this.#client.call(endpoints.nodes.report, {
      parameters: { node: this.#node },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
  }

  /** What the orchestrator's clock shows, where its answer says so. */
  async heartbeat(body: NodeHeartbeat, signal: AbortSignal): Promise<Date | undefined> {
    const { headers } = await this.#client.call(endpoints.nodes.heartbeat, {
      parameters: { node: this.#node },
      body,
      signal,
    });
    const date = headers.get("date");
    return date === null ? undefined : new Date(date);
  }

  /** The bytes of an artefact or a source. */
  async download(digest: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#client.call(endpoints.nodes.artefact, {
      parameters: { node: this.#node, digest },
      signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_DEADLINE_MS)]),
    });
    return bodyOf(response);
  }

  async upload(
    digest: string,
    body: ReadableStream<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#client.call(endpoints.nodes.storeArtefact, {
      parameters: { node: this.#node, digest },
      body,
      signal,
    });
  }
}
