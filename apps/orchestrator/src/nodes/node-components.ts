import { Injectable, type OnModuleInit } from "@nestjs/common";
import { Config } from "../config.ts";
import { type Component, PlatformComponents } from "../platform/platform-components.ts";
import { NodeDirectory } from "./node-directory.ts";

/** This machine's node as a part of the platform: healthy while it reports. */
@Injectable()
export class NodeComponents implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly directory: NodeDirectory,
    private readonly components: PlatformComponents,
  ) {}

  onModuleInit(): void {
    this.components.register("agent", () => this.#observe());
  }

  #observe(): Component {
    const { node } = this.config;
    const seenMs = this.directory.get(node)?.lastSeenMs;
    if (this.directory.isReachable(node))
      return { healthy: true, message: `node "${node}" reports` };
    const silence =
      seenMs === undefined
        ? "has not reported yet"
        : `was last heard of ${Math.round((Date.now() - seenMs) / 1000)} s ago`;
    return { healthy: false, message: `node "${node}" ${silence}` };
  }
}
