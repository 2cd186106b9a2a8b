import { BuilderError } from "../builder-error.ts";
import type { ArchiveLimits } from "./limits.ts";

export const unsafe = (message: string): BuilderError =>
  new BuilderError("unsafe-archive", message);

/** Names that terminals and other programs would misread; U+FFFD stands for bytes that are no UTF-8. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const MISLEADING = /[\u0000-\u001f\u007f\ufffd]/;

/** A name as it may be shown in a message or a log: quoted, control characters escaped, cut to 200 characters. */
export const shown = (path: string): string =>
  JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

/**
 * The entry's path as names below the directory, without `.` and empty ones; none at all for the directory itself.
 * Throws `unsafe-archive` for what is absolute, climbs with `..`, or goes over a limit.
 */
export function entryNames(
  path: string,
  limits: Pick<ArchiveLimits, "maxDepth" | "maxPathBytes">,
): readonly string[] {
  if (path.startsWith("/")) throw unsafe(`The archive has the absolute path ${shown(path)}.`);
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes(".."))
    throw unsafe(`The archive has the path ${shown(path)}, which climbs out of its directory.`);
  if (MISLEADING.test(path))
    throw unsafe(
      `The archive has the path ${shown(path)}, with control characters or bytes that are not UTF-8.`,
    );
  if (names.length > limits.maxDepth)
    throw unsafe(
      `The archive has the path ${shown(path)}, ${names.length} directories deep; the limit is ${limits.maxDepth}.`,
    );
  if (Buffer.byteLength(path) > limits.maxPathBytes)
    throw unsafe(
      `The archive has the path ${shown(path)} of ${Buffer.byteLength(path)} bytes; the limit is ${limits.maxPathBytes}.`,
    );
  return names;
}

/**
 * Checks that a symbolic link stays inside: relative, `..` only at its start, and not more of them than there are
 * directories above the link. After a name `..` is refused, since that name may be a link itself and the kernel
 * climbs from where it leads, not from where it stands.
 */
export function checkLink(names: readonly string[], target: string): void {
  const entry = shown(names.join("/"));
  const fix = "make it a relative link to something inside, or leave it out (.bastideignore)";
  if (target === "" || MISLEADING.test(target))
    throw unsafe(`The link ${entry} has the target ${shown(target)}, which is no path; ${fix}.`);
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const firstName = parts.findIndex((part) => part !== "..");
  const climbs = firstName === -1 ? parts.length : firstName;
  const leaves =
    target.startsWith("/") || climbs > names.length - 1 || parts.includes("..", climbs);
  if (leaves)
    throw unsafe(`The link ${entry} leads to ${shown(target)}, outside its directory; ${fix}.`);
}
