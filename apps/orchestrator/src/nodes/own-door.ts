import type { OwnDoor as Told } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import { Config } from "../config.ts";
import { OwnPeer } from "../node-identity/own-peer.ts";
import { PlatformUpstream } from "../platform/platform-upstream.ts";
import { asJson } from "../streams/json.ts";
import { ownDoorOf } from "./node-directory.ts";
import { NodeStreams } from "./node-streams.ts";

const KEY = "node/door";
const RENEW_EVERY_MS = 24 * 3_600_000;

/** Tells this machine's own agent to open its door, where other machines may be: others bring theirs along. */
@Injectable()
export class OwnDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly peer: OwnPeer,
    private readonly platform: PlatformUpstream,
    private readonly streams: NodeStreams,
    private readonly logger: JsonLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.#tell();
    this.#timer = setInterval(() => void this.#renew(), RENEW_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    const door = ownDoorOf(this.config);
    if (!door) return;
    const { node, host, port } = door;
    const told: Told = {
      listen: { host, port },
      ...(await this.peer.get()),
      leads: { [this.platform.instance]: this.platform.address },
    };
    this.streams.source(node).apply([{ key: KEY, value: asJson(told) }]);
  }

  async #renew(): Promise<void> {
    try {
      await this.#tell();
    } catch (error) {
      this.logger.error("the certificate of this node's door could not be renewed", { error });
    }
  }
}
