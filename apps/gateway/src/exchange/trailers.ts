import type { IncomingMessage } from "node:http";
import { hopByHop } from "./hop-by-hop.ts";

/** Fields that say where a message ends, who it is for or how to read it: never trailers (RFC 9110 §6.5.1). */
const NEVER =
  /^(?:content-.*|host|set-cookie|cookie|authorization|www-authenticate|cache-control|expires|date|age|location|range|vary|expect|max-forwards|x-bastide-.*|x-forwarded-.*|forwarded)$/;

/**
 * The trailers of an upstream's answer that its client gets: all that may be trailers, where the version has a place for
 * them. Over HTTP/1.1 only clients that said so get any (RFC 9110 §6.5.1).
 */
export function trailersFor(from: IncomingMessage, request: IncomingMessage): [string, string][] {
  const takes =
    request.httpVersionMajor > 1 || /\btrailers\b/i.test(String(request.headers["te"] ?? ""));
  if (!takes) return [];
  const stays = hopByHop(undefined);
  const { rawTrailers } = from;
  const kept: [string, string][] = [];
  for (let i = 0; i + 1 < rawTrailers.length; i += 2) {
    const name = (rawTrailers[i] ?? "").toLowerCase();
    if (!NEVER.test(name) && !stays(name)) kept.push([name, rawTrailers[i + 1] ?? ""]);
  }
  return kept;
}
