import { constructFromEvents, type Event, parseEvents } from "js-yaml";

const MAX_DEPTH = 64;

/**
 * The value of a YAML 1.2 document, five times as fast as the reader that knows every place in it: a gateway with ten
 * thousand hosts must start within a second. Undefined for whatever is not plain: errors, several documents, anchors,
 * aliases and tags.
 */
export function tryParseYaml(text: string): unknown {
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    if (!events.every(isPlain)) return undefined;
    const documents = constructFromEvents(events, { source: text, maxAliases: 0 });
    return documents.length === 1 ? documents[0] : undefined;
  } catch {
    return undefined;
  }
}

const isPlain = (event: Event): boolean =>
  (!("anchorStart" in event) || event.anchorStart < 0) &&
  (!("tagStart" in event) || event.tagStart < 0);
