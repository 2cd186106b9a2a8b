import type { PlatformStatus } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";

export type Component = Omit<PlatformStatus["components"][number], "name">;

/** What the platform is made of, besides this process. Each feature registers what it looks after. */
@Injectable()
export class PlatformComponents {
  readonly #components = new Map<string, () => Component>();

  /** `observe` says what is known now; it asks nobody. */
  register(name: string, observe: () => Component): void {
    this.#components.set(name, observe);
  }

  unregister(name: string): void {
    this.#components.delete(name);
  }

  observe(): PlatformStatus["components"] {
    return [...this.#components].map(([name, observe]) => ({ name, ...observe() }));
  }
}
