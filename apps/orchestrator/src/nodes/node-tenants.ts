import { Injectable } from "@nestjs/common";

/** A feature that has something on nodes which is no instance on record. */
export interface NodeTenant {
  /** The services of which something runs there, as far as is known. */
  servicesOn(node: string): readonly string[];
  /** Why the node cannot go now, and what to do about it; undefined when it can. */
  objection(node: string): string | undefined;
  /** It is forgotten: what it may still run is told to stop, and nothing counts on it any more. */
  removed(node: string): Promise<void>;
}

/** Who is asked before a node is removed, and told when it was. Each feature registers what it looks after. */
@Injectable()
export class NodeTenants {
  readonly #tenants: NodeTenant[] = [];

  register(tenant: NodeTenant): void {
    this.#tenants.push(tenant);
  }

  servicesOn(node: string): readonly string[] {
    return this.#tenants.flatMap((tenant) => tenant.servicesOn(node));
  }

  objection(node: string): string | undefined {
    for (const tenant of this.#tenants) {
      const objection = tenant.objection(node);
      if (objection !== undefined) return objection;
    }
    return undefined;
  }

  async removed(node: string): Promise<void> {
    for (const tenant of this.#tenants) await tenant.removed(node);
  }
}
