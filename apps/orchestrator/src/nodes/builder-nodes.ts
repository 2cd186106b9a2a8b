import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";
import { NodeDirectory } from "./node-directory.ts";

/** Chooses nodes for builds. */
@Injectable()
export class BuilderNodes {
  constructor(
    private readonly config: Config,
    private readonly directory: NodeDirectory,
  ) {}

  /** A node that is there, this machine's if it is one of them. */
  choose(): string {
    const reachable = this.directory
      .list()
      .filter(({ name }) => this.directory.isReachable(name))
      .map(({ name }) => name);
    const local = this.config.node;
    return reachable.includes(local) ? local : (reachable[0] ?? local);
  }
}
