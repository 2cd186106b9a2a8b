import { ApiClient } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { findPlatform, type Place } from "./find-platform.ts";
import { loopbackFetch, platformFetch } from "./platform-fetch.ts";

export interface Connection extends Place {
  readonly client: ApiClient;
}

/** A client of the platform that a command talks to; `found` by those who look for it before they load this. */
export async function connect(
  context: Context,
  found: Promise<Place> = findPlatform(context),
): Promise<Connection> {
  const place = await found;
  const fetch = place.source === "home" ? loopbackFetch : platformFetch;
  return { ...place, client: clientOf(place.url, place.token, fetch) };
}

export const clientOf = (
  baseUrl: string,
  token: () => string,
  fetch: typeof platformFetch = platformFetch,
): ApiClient => new ApiClient({ baseUrl, token, fetch });
