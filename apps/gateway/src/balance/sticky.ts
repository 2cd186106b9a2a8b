import type { Upstream } from "@bastide/contracts";
import { createHash } from "node:crypto";

/** Half of a SHA-256 in base64url. */
const TAG_CHARACTERS = 22;
const MOST_REMEMBERED = 10_000;

const remembered = new Map<string, string>();

/**
 * What a sticky cookie says instead of an instance: it names no address and no id, and every gateway makes the same of
 * the same instance, so that clients stay where they are when tables change and gateways are replaced.
 */
export function stickyTag(instance: string): string {
  const known = remembered.get(instance);
  if (known !== undefined) return known;
  const tag = createHash("sha256")
    .update(`bastide sticky ${instance}`)
    .digest("base64url")
    .slice(0, TAG_CHARACTERS);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(instance, tag);
  return tag;
}

/** The upstream that the client's cookie names, if it is still one of these. */
export function stuckTo<Candidate extends Upstream>(
  candidates: readonly Candidate[],
  tag: string | undefined,
): Candidate | undefined {
  if (tag?.length !== TAG_CHARACTERS) return undefined;
  return candidates.find(({ instance }) => stickyTag(instance) === tag);
}

/** The value of a cookie; of several of the same name the first one (RFC 6265 §5.4 sends the longest path first). */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** A session cookie: it ends with the browser, and no script and no other site's form gets hold of it. */
export function stickyCookie(name: string, instance: string, isSecure: boolean): string {
  return `${name}=${stickyTag(instance)}; Path=/; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}
