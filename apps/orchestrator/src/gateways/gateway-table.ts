import { Injectable } from "@nestjs/common";
import { ConfigSource } from "@bastide/config-stream";
import { GatewayReport } from "@bastide/contracts";
import { StreamOrigin } from "../streams/stream-origin.ts";

/** The routes of the whole platform, as every gateway follows them. Filled before any gateway may subscribe. */
@Injectable()
export class GatewayTable {
  readonly source: ConfigSource;

  constructor(origin: StreamOrigin) {
    const { history, epoch } = origin;
    // All routes are ours and all are in the table before it is served, so what it does not hold was deleted.
    this.source = new ConfigSource({ history, epoch, isDeleted: () => true });
  }

  /** Instances that left the table and still answer requests, as the connected gateways say. */
  busy(): ReadonlySet<string> {
    const busy = new Set<string>();
    for (const { connected, report } of this.source.subscribers().values()) {
      const parsed = connected ? GatewayReport.safeParse(report) : undefined;
      for (const instance of parsed?.data?.busy ?? []) busy.add(instance);
    }
    return busy;
  }
}
