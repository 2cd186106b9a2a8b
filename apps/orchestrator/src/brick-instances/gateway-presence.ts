import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import { gateway } from "../bricks/gateway.ts";
import { GatewayTable } from "../gateways/gateway-table.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { NodeDirectory } from "../nodes/node-directory.ts";

const LOOK_EVERY_MS = 250;

/**
 * Whose acknowledgement is not waited for any more: of a gateway that was taken away, or whose machine is lost. A
 * connection to a dead machine looks open for minutes, and deployments would wait for as long.
 */
@Injectable()
export class GatewayPresence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  /** Nodes whose gateway was there when last looked. */
  #present: ReadonlySet<string> = new Set();

  constructor(
    private readonly gateways: GatewayTable,
    private readonly registry: InstanceRegistry,
    private readonly directory: NodeDirectory,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Once for each that goes: one that lives after all connects again, and counts again. */
  look(): void {
    const now = new Set(
      this.registry
        .ofService(gateway.name)
        .map(({ node }) => node)
        .filter((node) => this.directory.known(node).liveness !== "lost"),
    );
    for (const node of this.#present) if (!now.has(node)) this.gateways.source.drop(node);
    this.#present = now;
  }
}
