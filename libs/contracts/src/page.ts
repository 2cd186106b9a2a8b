import { z } from "zod";

/** Cursor pagination: newest first; `cursor` is opaque and comes from the page before. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

export interface Page<Item> {
  items: Item[];
  /** Absent on the last page. */
  nextCursor?: string | undefined;
}

export const pageOf = <Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; nextCursor: z.ZodOptional<z.ZodString> }> =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });
