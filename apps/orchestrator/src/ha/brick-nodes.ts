import { Injectable } from "@nestjs/common";
import type { BrickNode, InstanceBrick } from "../bricks/brick.ts";
import { Config } from "../config.ts";
import { type KnownNode, NodeDirectory } from "../nodes/node-directory.ts";

/** The nodes as bricks' descriptions see them. */
@Injectable()
export class BrickNodes {
  constructor(
    private readonly config: Config,
    private readonly directory: NodeDirectory,
  ) {}

  /** Those that could run it; this machine's own from before its agent has said anything. The one wanted first is first. */
  of(brick: InstanceBrick): readonly KnownNode[] {
    const { config } = this;
    const first = brick.first?.({ config });
    const fitting = this.#all().filter((node) =>
      brick.runs.fits({ config, node: this.seen(node.name) }),
    );
    const isFirst = ({ name }: KnownNode): number => (name === first ? 0 : 1);
    return fitting.toSorted((a, b) => isFirst(a) - isFirst(b));
  }

  seen(name: string): BrickNode {
    return { name, address: this.directory.addressOf(name) };
  }

  known(name: string): KnownNode {
    return this.directory.known(name);
  }

  #all(): readonly KnownNode[] {
    const own = this.directory.known(this.config.node);
    return [own, ...this.directory.list().filter(({ name }) => name !== own.name)];
  }
}
