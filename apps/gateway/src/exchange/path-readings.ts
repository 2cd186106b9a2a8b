/** What makes servers read a path differently: escapes, empty and dot segments, backslashes, path parameters. */
const SUSPICIOUS = /%|\/\/|\/\.|\\|;/;
/** Escapes of escapes are undone this often; whoever undoes more is beyond help. */
const MOST_DECODINGS = 3;

/**
 * Other ways in which a server behind us may read the path: escapes undone, and dot segments resolved, repeated slashes
 * joined, backslashes turned and parameters cut, with and without. Empty when there is only one reading.
 */
export function otherReadings(path: string): string[] {
  if (!SUSPICIOUS.test(path)) return [];
  const decoded = decode(path);
  const readings = new Set([decoded, resolve(path), resolve(decoded)]);
  readings.delete(path);
  return [...readings];
}

/** Malformed escapes stay as they are. Bytes beyond ASCII stay escaped, in capitals as routes have them. */
function decode(path: string): string {
  let decoded = path;
  for (let i = 0; i < MOST_DECODINGS && decoded.includes("%"); i++)
    decoded = decoded.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return decoded.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}

/** RFC 3986 §5.2.4, and what common servers do besides. */
function resolve(path: string): string {
  const kept: string[] = [];
  const segments = path
    .replaceAll("\\", "/")
    .split("/")
    .map((segment) => segment.split(";", 1)[0] ?? "");
  for (const segment of segments)
    if (segment === "..") kept.pop();
    else if (segment !== "." && segment !== "") kept.push(segment);
  const isFolder = /^\.{0,2}$/.test(segments.at(-1) ?? "");
  return `/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`;
}
