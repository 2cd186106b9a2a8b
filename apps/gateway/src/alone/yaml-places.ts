import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter } from "yaml";

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where things stand in a YAML document. */
export class YamlPlaces {
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  /** The place of what a path leads to, or of the nearest thing above it that is there. With `isKey` of its key. */
  of(path: readonly PropertyKey[], isKey = false): Place {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    path.forEach((step, i) => {
      const entry = entryOf(node, step);
      const isLast = i === path.length - 1;
      offset =
        startOf(isLast && isKey ? entry?.key : entry?.value) ?? startOf(entry?.key) ?? offset;
      node = entry?.value;
    });
    return this.at(offset);
  }
}

interface Entry {
  readonly key: unknown;
  readonly value: unknown;
}

function entryOf(node: unknown, step: PropertyKey): Entry | undefined {
  if (isSeq(node)) return { key: undefined, value: node.items[Number(step)] };
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
