import { isMap, isPair, isScalar, isSeq, type Document, type LineCounter } from "yaml";

/** The line of an offset into the text, from 1. */
export const lineAt = (offset: number | undefined, lines: LineCounter): number | undefined =>
  offset === undefined ? undefined : lines.linePos(offset).line;

/** The line of the key that a path leads to, or of the nearest thing above it that is there. */
export function lineOf(
  path: readonly PropertyKey[],
  document: Document.Parsed,
  lines: LineCounter,
): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0];
  for (const step of path) {
    const found = child(node, step);
    if (found === undefined) break;
    node = found.node;
    offset = found.offset ?? offset;
  }
  return lineAt(offset, lines);
}

interface Child {
  readonly node: unknown;
  readonly offset: number | undefined;
}

function child(node: unknown, step: PropertyKey): Child | undefined {
  if (isSeq(node) && typeof step === "number") {
    const item: unknown = node.items[step];
    return item === undefined ? undefined : { node: item, offset: offsetOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return isPair(pair) ? { node: pair.value, offset: offsetOf(pair.key) } : undefined;
}

function offsetOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node)) return node.range?.[0];
  return undefined;
}
