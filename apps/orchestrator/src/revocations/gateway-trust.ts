import { Injectable, type OnModuleInit } from "@nestjs/common";
import { rootKeyKey, type StreamChange } from "@bastide/contracts";
import { LiveRootKeys } from "../authorization/live-root-keys.ts";
import { GatewayTable } from "../gateways/gateway-table.ts";

/** Tells every gateway which root keys are trusted, from before the first one may subscribe. */
@Injectable()
export class GatewayTrust implements OnModuleInit {
  #published: readonly string[] = [];

  constructor(
    private readonly rootKeys: LiveRootKeys,
    private readonly gateways: GatewayTable,
  ) {}

  onModuleInit(): void {
    this.#publish();
    this.rootKeys.onChange(() => this.#publish());
  }

  #publish(): void {
    const keys = new Map(
      this.rootKeys.keys.map(({ id, publicKey }) => [
        rootKeyKey({ id }),
        { id, publicKey: publicKey.toString() },
      ]),
    );
    const gone = this.#published.filter((key) => !keys.has(key));
    this.#published = [...keys.keys()];
    this.gateways.source.apply([
      ...Array.from(keys, ([key, value]): StreamChange => ({ key, value })),
      ...gone.map((key): StreamChange => ({ key, tombstone: true })),
    ]);
  }
}
