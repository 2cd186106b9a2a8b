import { Injectable } from "@nestjs/common";
import type { Node, NodeDetails, NodePlace } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Config } from "../config.ts";
import { type KnownNode, NodeDirectory } from "./node-directory.ts";
import { NodeRemoval } from "./node-removal.ts";
import { NodeViews } from "./node-views.ts";
import { NodeWatch } from "./node-watch.ts";

/** What operators do with nodes. */
@Injectable()
export class NodeOperations {
  constructor(
    private readonly config: Config,
    private readonly directory: NodeDirectory,
    private readonly views: NodeViews,
    private readonly watch: NodeWatch,
    private readonly removal: NodeRemoval,
  ) {}

  get(name: string): Promise<NodeDetails> {
    return this.views.details(this.#known(name));
  }

  cordon(name: string): Promise<Node> {
    return this.#mark(name, ({ isDraining }) => ({ isCordoned: true, isDraining }));
  }

  uncordon(name: string): Promise<Node> {
    return this.#mark(name, () => ({ isCordoned: false, isDraining: false }));
  }

  /** What breaks an app's policy by it is started where it may be, by that app's own rules. */
  async place(name: string, place: NodePlace): Promise<Node> {
    this.#known(name);
    const placed = await this.directory.setPlace(name, place);
    this.watch.wake(name);
    return this.views.of(placed);
  }

  /** Each app's own rules move its instances: new ones ready elsewhere, the table acknowledged, the old drained. */
  async drain(name: string): Promise<Node> {
    if (!this.directory.list().some((other) => other.name !== name && !other.isCordoned))
      throw new ProblemError(
        "conflict",
        `"${name}" is the only node that takes instances, so there is nowhere to start its own; add a node or uncordon one first`,
      );
    return this.#mark(name, () => ({ isCordoned: true, isDraining: true }));
  }

  async remove(name: string, force: boolean, by: string): Promise<void> {
    const node = this.#known(name);
    if (name === this.config.node)
      throw new ProblemError(
        "conflict",
        `"${name}" is the node of the control plane's own machine; it goes with the platform`,
      );
    await this.removal.remove(node, force, by);
  }

  async #mark(
    name: string,
    change: (node: KnownNode) => Pick<KnownNode, "isCordoned" | "isDraining">,
  ): Promise<Node> {
    const marked = await this.directory.mark(name, change(this.#known(name)));
    this.watch.wake(name);
    return this.views.of(marked);
  }

  #known(name: string): KnownNode {
    const known = this.directory.get(name);
    if (known) return known;
    const names = this.directory.list().map((node) => `"${node.name}"`);
    throw new ProblemError(
      "not-found",
      `there is no node "${name}"; there ${names.length === 1 ? "is" : "are"} ${names.join(", ") || "none yet"}`,
    );
  }
}
