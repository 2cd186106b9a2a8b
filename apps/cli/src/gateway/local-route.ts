import { isIPv6 } from "node:net";
import { type Route, routeKey, type Upstream, uuidv7 } from "@bastide/contracts";
import { Failure } from "../command-line/failure.ts";

const ADDRESS = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i;

/** The route that `gateway add` means. Throws Failure when an upstream is no address with a port. */
export function localRoute(place: string, upstreams: readonly string[]): Route {
  return {
    ...placeOf(place),
    owner: "local",
    upstreams: upstreams.map(upstreamOf),
    whenEmpty: "stopped",
  };
}

export const localKey = (place: string): string => routeKey(placeOf(place));

function placeOf(place: string): { host: string; path: string } {
  const slash = place.indexOf("/");
  if (slash < 0) return { host: place.toLowerCase(), path: "/" };
  const path = place.slice(slash).replace(/(?<=.)\/+$/, "");
  return { host: place.slice(0, slash).toLowerCase(), path };
}

function upstreamOf(text: string): Upstream {
  const [, six, host = six, port] = ADDRESS.exec(text) ?? [];
  const isAddress = host !== undefined && (six === undefined || isIPv6(six));
  if (!isAddress || Number(port) < 1 || Number(port) > 65_535)
    throw new Failure("usage", `${text} is no upstream`, {
      fix: "give an address and a port, such as 127.0.0.1:3000 or [::1]:3000",
    });
  return { instance: uuidv7(), host, port: Number(port), weight: 100 };
}
