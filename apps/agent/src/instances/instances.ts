import { mkdir, readdir } from "node:fs/promises";
import { Id, type InstanceSpec, type ObservedInstance } from "@bastide/contracts";
import type { RemovedLog } from "../desired/removed-log.ts";
import { freshRecord, Instance } from "./instance.ts";
import type { InstanceContext } from "./instance-context.ts";
import { homeOf } from "./instance-home.ts";
import { loadRecord } from "./record-keeper.ts";

const isId = (name: string): boolean => Id.safeParse(name).success;

/** Every instance of this node. */
export class Instances {
  readonly #context: InstanceContext;
  readonly #removed: RemovedLog;
  readonly #instances = new Map<string, Instance>();

  constructor(context: InstanceContext, removed: RemovedLog) {
    this.#context = { ...context, onGone: (id) => this.#forget(id) };
    this.#removed = removed;
  }

  /** Adopts what an earlier agent left, all at once. Nothing is started or stopped by it. */
  async adopt(): Promise<void> {
    await mkdir(this.#context.directory, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#context.directory);
    const ids = names.filter(isId);
    await Promise.all(ids.map((id) => this.#adopt(id)));
    await this.#releaseOrphans();
    for (const instance of this.#instances.values())
      if (this.#removed.has(instance.id)) instance.want(undefined);
  }

  /**
   * Puts the desired state of the changed ones into force. What was removed is on record when this resolves; everything
   * else goes on by itself.
   */
  async apply(specs: ReadonlyMap<string, InstanceSpec>, changed: readonly string[]): Promise<void> {
    const removed = changed.filter((id) => !specs.has(id) && !this.#removed.has(id));
    if (removed.length > 0) await this.#removed.add(removed);
    for (const id of changed) {
      const spec = this.#removed.has(id) ? undefined : specs.get(id);
      const instance = this.#instances.get(id);
      if (instance) instance.want(spec);
      else if (spec) this.#create(id).want(spec);
    }
  }

  get(id: string): Instance | undefined {
    return this.#instances.get(id);
  }

  get all(): readonly Instance[] {
    return [...this.#instances.values()];
  }

  observe(): ObservedInstance[] {
    return this.all.map(({ observed }) => observed);
  }

  /** Ids of those that nothing desired mentions. */
  get held(): string[] {
    return this.all.filter(({ desired }) => desired === "held").map(({ id }) => id);
  }

  /** Stops everything: tenants' instances, then the platform's own, which carry their last requests. */
  async halt(): Promise<void> {
    await haltAll(this.all.filter(({ isPlatform }) => !isPlatform));
    await haltAll(this.all.filter(({ isPlatform }) => isPlatform));
  }

  /** Lets go of everything, which goes on running. */
  detach(): void {
    for (const instance of this.#instances.values()) instance.detach();
  }

  /** Reads how much memory each uses. */
  async measure(): Promise<void> {
    await Promise.all(this.all.map((instance) => instance.measure()));
  }

  async #adopt(id: string): Promise<void> {
    const { directory, journal } = this.#context;
    const record = await loadRecord(homeOf(directory, id), journal);
    const instance = this.#create(id, record);
    await instance.adopt();
  }

  #create(id: string, record = freshRecord(id)): Instance {
    const instance = new Instance(this.#context, record);
    this.#instances.set(id, instance);
    return instance;
  }

  /** Numbers of instances that are gone: the last step of their removal was cut off. */
  async #releaseOrphans(): Promise<void> {
    const { ports, uids } = this.#context;
    for (const ledger of uids ? [ports, uids] : [ports])
      for (const holder of ledger.holders())
        if (isId(holder) && !this.#instances.has(holder)) await ledger.release(holder);
  }

  #forget(id: string): void {
    const instance = this.#instances.get(id);
    this.#instances.delete(id);
    if (instance) this.#context.onGone(id);
  }
}

async function haltAll(instances: readonly Instance[]): Promise<void> {
  await Promise.all(instances.map((instance) => instance.halt()));
}
