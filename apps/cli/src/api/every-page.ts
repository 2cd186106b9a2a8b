import type { Page } from "@bastide/contracts";

/** Pages that are followed at most: with 200 items each, enough for people and a bound for a server that never ends. */
const MOST_PAGES = 100;

/** All items of a list, page by page. */
export async function everyPage<Item>(
  ask: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, nextCursor } = await ask(cursor);
    all.push(...items);
    if (nextCursor === undefined) return all;
    cursor = nextCursor;
  }
  return all;
}
