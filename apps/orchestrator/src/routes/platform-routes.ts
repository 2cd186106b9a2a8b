import { Injectable, type OnModuleInit } from "@nestjs/common";
import type { Route, Upstream } from "@bastide/contracts";
import { Config } from "../config.ts";
import { ownDoorOf } from "../nodes/node-directory.ts";
import { PlatformUpstream } from "../platform/platform-upstream.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import { RouteTable } from "./route-table.ts";

const OWNER = "platform";

/** The platform's own host: the API and the page, both answered by this process. */
@Injectable()
export class PlatformRoutes implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly upstream: PlatformUpstream,
    private readonly urls: PublicUrls,
    private readonly table: RouteTable,
  ) {}

  onModuleInit(): void {
    const upstreams = [this.#upstream()];
    this.table.set(
      OWNER,
      ["/", "/v1"].map((path): Route => ({
        host: this.urls.platformHost,
        path,
        owner: OWNER,
        upstreams,
        whenEmpty: "starting",
      })),
    );
  }

  /** From other machines through this one's door, as to an instance. */
  #upstream(): Upstream {
    const { instance, address } = this.upstream;
    const door = ownDoorOf(this.config);
    const reached = door ? { ...door, inside: address } : address;
    return { instance, ...reached, weight: 100 };
  }
}
