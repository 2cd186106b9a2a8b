import type { Route } from "@bastide/contracts";
import type { TableUser } from "../control/follow-table.ts";
import { ControlError } from "../control-socket/control-error.ts";
import { checkCertificates } from "../tls/check-certificate.ts";
import type { EntryChanges } from "../worker/messages.ts";
import type { Predecessor } from "./link.ts";
import type { Overlay, OverlayState, Plan } from "./overlay.ts";
import { Sequence } from "./sequence.ts";
import { TableRefused, type WorkerPool } from "./worker-pool.ts";

export interface TablesParts {
  readonly pool: WorkerPool;
  readonly overlay: Overlay;
  readonly save: (state: OverlayState) => Promise<void>;
  readonly onEvent: (type: string, facts: Record<string, string>) => void;
}

/** The one way to change the table: one change after the other, each in force everywhere before the next begins. */
export class Tables implements TableUser {
  readonly #parts: TablesParts;
  readonly #sequence = new Sequence();
  /** Serves with the same table until it has nothing left to do. */
  predecessor: Predecessor | undefined;

  constructor(parts: TablesParts) {
    this.#parts = parts;
  }

  get busy(): readonly string[] {
    return [...new Set([...this.#parts.pool.busy, ...(this.predecessor?.busy ?? [])])];
  }

  controlIs(isConnected: boolean): void {
    this.#parts.pool.controlIs(isConnected);
  }

  /** A predecessor's requests under way are judged by the same. */
  heard(agoMs: number): void {
    this.#parts.pool.heard(agoMs);
    if (agoMs !== Infinity) this.predecessor?.heard(agoMs);
  }

  /**
   * What the control plane says. Certificates are looked at here, once for all workers, unless they were when they came
   * and are but restored.
   */
  apply(changes: EntryChanges, isRestored = false): Promise<void> {
    const { overlay, onEvent } = this.#parts;
    return this.#sequence.run(async () => {
      if (!isRestored) checkCertificates(changes);
      const claimed = changes.filter(([key]) => overlay.local.has(key));
      await this.#carryOut(overlay.streamChanges(changes));
      if (claimed.length === 0) return;
      for (const [key] of claimed) onEvent("local-route-replaced", { key });
      await this.#save().catch(() => {});
    });
  }

  /** Routes that were added here before the program started. */
  applyOwn(): Promise<void> {
    return this.#sequence.run(async () => {
      const plan = this.#parts.overlay.ownRoutes();
      if (plan.changes.length > 0) await this.#carryOut(plan);
    });
  }

  /** What a successor says, which has seen to everything but our own workers. */
  applyAsTold(changes: EntryChanges): Promise<void> {
    return this.#sequence.run(() => this.#carryOut({ changes, commit: () => {} }));
  }

  add(route: Route): Promise<void> {
    return this.#local(() => this.#parts.overlay.add(route));
  }

  remove(key: string): Promise<void> {
    return this.#local(() => this.#parts.overlay.remove(key));
  }

  drain(upstream: string, isUndone: boolean): Promise<void> {
    return this.#local(() => this.#parts.overlay.drain(upstream, isUndone));
  }

  /** Resolves when every change that came before is in force, or refused. */
  settled(): Promise<void> {
    return this.#sequence.run(async () => {});
  }

  #local(plan: () => Plan): Promise<void> {
    return this.#sequence.run(async () => {
      await this.#carryOut(plan()).catch((cause: unknown) => {
        if (!(cause instanceof TableRefused)) throw cause;
        throw new ControlError("conflict", cause.message);
      });
      await this.#save();
    });
  }

  async #carryOut(plan: Plan): Promise<void> {
    await this.#parts.pool.apply(plan.changes);
    await this.predecessor?.apply(plan.changes);
    plan.commit();
  }

  async #save(): Promise<void> {
    await this.#parts.save(this.#parts.overlay.state).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ControlError("failed", `it is in force, but will be lost at a restart: ${reason}`);
    });
  }
}
