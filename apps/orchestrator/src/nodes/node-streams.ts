import { Injectable } from "@nestjs/common";
import { ConfigSource, includesVersion } from "@bastide/config-stream";
import type { InstanceSpec, StreamVersion } from "@bastide/contracts";
import { asJson } from "../streams/json.ts";
import { StreamOrigin } from "../streams/stream-origin.ts";

export interface PlacedSpec {
  readonly node: string;
  readonly spec: InstanceSpec;
}

interface NodeStream {
  readonly source: ConfigSource;
  /** Instances told to stop, with the first version that says so. */
  readonly leaving: Map<string, StreamVersion>;
  /** Ends its subscriptions when the node is removed. */
  readonly gone: AbortController;
}

const keyOf = (instance: string): string => `instance/${instance}`;
const KEY = /^instance\/(.+)$/;

/** Each node's desired state, as its agent follows it. Filled from the database before anybody may subscribe. */
@Injectable()
export class NodeStreams {
  readonly #streams = new Map<string, NodeStream>();

  constructor(private readonly origin: StreamOrigin) {}

  source(node: string): ConfigSource {
    return this.#stream(node).source;
  }

  /** Whether the node follows its stream now, as far as we can tell. */
  isConnected(node: string): boolean {
    return this.#streams.get(node)?.source.subscribers().get(node)?.connected ?? false;
  }

  /** Forgets a node that was removed. */
  forget(node: string): void {
    this.#streams.get(node)?.gone.abort();
    this.#streams.delete(node);
  }

  /** Aborted when the node is removed. */
  goneSignal(node: string): AbortSignal {
    return this.#stream(node).gone.signal;
  }

  /** Sets the desired state of instances; one version per node. */
  run(placed: readonly PlacedSpec[]): void {
    for (const [node, specs] of Map.groupBy(placed, (each) => each.node))
      this.source(node).apply(
        specs.map(({ spec }) => ({ key: keyOf(spec.id), value: asJson(spec) })),
      );
  }

  /** Tells nodes to stop instances: by a tombstone, since absence never deletes. */
  stop(instances: readonly { readonly id: string; readonly node: string }[]): void {
    for (const [node, each] of Map.groupBy(instances, (instance) => instance.node)) {
      const { source, leaving } = this.#stream(node);
      const version = source.apply(each.map(({ id }) => ({ key: keyOf(id), tombstone: true })));
      for (const { id } of each) if (!leaving.has(id)) leaving.set(id, version);
    }
  }

  /**
   * Records the acknowledgement; answers which of the stopped instances the node has thereby taken leave of, again and
   * again until `dismissed` was called for them.
   */
  acknowledge(node: string, version: StreamVersion): readonly string[] {
    const { source, leaving } = this.#stream(node);
    source.acknowledge(node, version, null);
    return Array.from(leaving).flatMap(([id, since]) =>
      includesVersion(version, since) ? [id] : [],
    );
  }

  /** That the node took leave of these is on record: nothing needs to be said of them any more. */
  dismissed(node: string, ids: readonly string[]): void {
    const { source, leaving } = this.#stream(node);
    for (const id of ids) leaving.delete(id);
    source.forget(ids.map(keyOf));
  }

  #stream(node: string): NodeStream {
    const known = this.#streams.get(node);
    if (known) return known;
    const { history, epoch } = this.origin;
    const stream = {
      source: new ConfigSource({ history, epoch }),
      leaving: new Map(),
      gone: new AbortController(),
    };
    this.#streams.set(node, stream);
    return stream;
  }
}

/** The instances among the keys of a node's stream. */
export const instancesOfKeys = (keys: readonly string[]): string[] =>
  keys.flatMap((key) => KEY.exec(key)?.[1] ?? []);
