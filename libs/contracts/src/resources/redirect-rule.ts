import { z } from "zod";

/** `https://www.example.org`, or `https://www.{host}:8443`. */
const AUTHORITY = String.raw`https?:\/\/(?:(?:[a-z0-9-]+\.)*(?:\{host\}|[a-z0-9-]+)|\[[0-9a-f:.]+\])(?::\d{1,5})?`;
/** Visible ASCII but what ends or confuses a URL, and the two words that stand for parts of the request. */
const REST = String.raw`(?:[!#-;=?-\[\]_a-z~|]|\{path\}|\{query\})*`;
const TEMPLATE = new RegExp(String.raw`^(?:${AUTHORITY}(?:$|(?=[\/?#{]))|\/(?!\/))${REST}$`, "i");

/**
 * Answers with a redirect instead of an upstream. In `to`, `{host}` stands for the request's host without its port,
 * `{path}` for its path, and `{query}` for its query with the question mark, or nothing.
 */
export const RedirectRule = z.strictObject({
  status: z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).default(308),
  to: z
    .string()
    .max(2000)
    .regex(
      TEMPLATE,
      "a redirect leads to http://…, https://… or a path from / on; {host}, {path} and {query} stand for the request's, and {host} only where a host stands",
    ),
});
export type RedirectRule = z.infer<typeof RedirectRule>;
