import type { Route, Upstream } from "@bastide/contracts";
import type { FileRoute, GatewayFile } from "./gateway-file.ts";

/** The file's routes as a gateway has them. */
export function routesOfFile(
  { routes }: Pick<GatewayFile, "routes">,
  instanceOf: (address: string) => string,
): Route[] {
  return routes.map(({ host, path, pathMatch, conditions, upstreams, settings, owner }) => ({
    host,
    path,
    ...(pathMatch === undefined ? {} : { pathMatch }),
    ...(conditions === undefined ? {} : { conditions }),
    owner: owner ?? "file",
    upstreams: upstreams.map((upstream) => upstreamOf(upstream, instanceOf)),
    whenEmpty: "stopped",
    ...(settings === undefined ? {} : { settings }),
  }));
}

function upstreamOf(
  upstream: FileRoute["upstreams"][number],
  instanceOf: (address: string) => string,
): Upstream {
  const { address, weight } =
    typeof upstream === "string" ? { address: upstream, weight: 100 } : upstream;
  const at = address.lastIndexOf(":");
  const host = address
    .slice(0, at)
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
  const port = Number(address.slice(at + 1));
  return { instance: instanceOf(`${host}:${port}`), host, port, weight };
}
