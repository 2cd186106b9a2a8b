import { Injectable, type OnModuleInit } from "@nestjs/common";
import { type Route, uuidv7 } from "@bastide/contracts";
import { Config } from "../config.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import { RouteTable } from "./route-table.ts";

const OWNER = "platform";

/** The platform's own host: the API and the page, both answered by this process. */
@Injectable()
export class PlatformRoutes implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly urls: PublicUrls,
    private readonly table: RouteTable,
  ) {}

  onModuleInit(): void {
    this.table.set(OWNER, platformRoutes(this.urls.platformHost, this.config.listen, uuidv7()));
  }
}

/** `instance`: stands for this start of the orchestrator. */
export function platformRoutes(
  host: string,
  listen: { readonly host: string; readonly port: number },
  instance: string,
): Route[] {
  const upstreams = [{ instance, ...listen, weight: 100 }];
  return ["/", "/v1"].map((path) => ({
    host,
    path,
    owner: OWNER,
    upstreams,
    whenEmpty: "starting",
  }));
}
