import { Id, type Page, type PageQuery } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import type { ObjectLiteral, SelectQueryBuilder } from "typeorm";

/** The id that a cursor stands for. Opaque to callers. Throws `invalid-request` for what we never gave out. */
export function idOfCursor(cursor: string): string {
  const { data } = Id.safeParse(Buffer.from(cursor, "base64url").toString("latin1"));
  if (data !== undefined) return data;
  throw new ProblemError(
    "invalid-request",
    "query.cursor: take it from `nextCursor` of the page before",
  );
}

const cursorOf = (id: string): string => Buffer.from(id, "latin1").toString("base64url");

/** A page of rows, newest first. `query` must select an entity named by its alias with an `id` that is a UUIDv7. */
export async function pageOfRows<Row extends ObjectLiteral & { id: string }, Item>(
  query: SelectQueryBuilder<Row>,
  { limit, cursor }: PageQuery,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const id = `${query.alias}.id`;
  if (cursor !== undefined) query.andWhere(`${id} < :before`, { before: idOfCursor(cursor) });
  // One more than asked for says whether there is a next page.
  const rows = await query
    .orderBy(id, "DESC")
    .limit(limit + 1)
    .getMany();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), ...(hasMore && { nextCursor: cursorOf(last.id) }) };
}
