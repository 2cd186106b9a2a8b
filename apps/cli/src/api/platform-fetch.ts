import { lookup, type LookupAddress } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { nodeFetch, type NodeFetch } from "@bastide/peer-tls";

const isLoopbackName = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost");

const LOOPBACK: LookupAddress[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

const lookupLoopback: LookupFunction = (_, options, callback) => {
  if (options.all === true) return callback(null, LOOPBACK);
  return callback(null, "127.0.0.1", 4);
};

const lookupPlatform: LookupFunction = (host, options, callback) =>
  (isLoopbackName(host) ? lookupLoopback : lookup)(host, options, callback);

const fetchBy = (resolve: LookupFunction): NodeFetch =>
  nodeFetch((url, options, onResponse) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    return request(url, { ...options, lookup: resolve }, onResponse);
  });

/**
 * `fetch` as the API's client needs it: names below `.localhost` are loopback by definition (RFC 6761 §6.3), which the
 * resolvers of many machines do not know, and `fetch` lets nobody say so.
 */
export const platformFetch: NodeFetch = fetchBy(lookupPlatform);

/**
 * The same for the platform of this machine, whatever its name: the name need not lead anywhere yet, and where it leads
 * elsewhere, the administrator's token does not follow it.
 */
export const loopbackFetch: NodeFetch = fetchBy(lookupLoopback);
