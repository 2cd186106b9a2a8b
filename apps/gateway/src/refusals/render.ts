import type { RouteSettings } from "@bastide/contracts";
import { kindOf, problemOf, type Refusal } from "./refusal.ts";

export interface RenderedRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Format = readonly [contentType: string, write: (refused: Refusal) => string];

const JSON_FORMAT: Format = [
  "application/problem+json",
  (refused) => JSON.stringify(problemOf(refused)),
];
const HTML: Format = ["text/html; charset=utf-8", htmlOf];
const TEXT: Format = [
  "text/plain; charset=utf-8",
  (refused) => `${kindOf(refused).title}: ${refused.detail}\n`,
];

/** Pages of a route's owner, by status, class or `default`. */
export type ErrorPages = RouteSettings["errorPages"];

/** A refusal as the client likes to read it, by its Accept header: JSON for programs, a page for browsers, else a line of text. */
export function render(
  refused: Refusal,
  accept: string | undefined,
  pages?: ErrorPages,
): RenderedRefusal {
  const { status, retryAfterSeconds } = kindOf(refused);
  const [contentType, write] = formatFor(accept ?? "");
  const page = contentType === HTML[0] ? pageFor(status, pages) : undefined;
  const body = page === undefined ? write(refused) : filled(page, refused);
  return {
    status,
    headers: {
      "content-type": contentType,
      "content-length": String(Buffer.byteLength(body)),
      ...(refused.kind === "redirect" ? {} : { "cache-control": "no-store" }),
      "content-security-policy": page === undefined ? OUR_POLICY : THEIR_POLICY,
      "x-content-type-options": "nosniff",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
      ...refused.headers,
    },
    body,
  };
}

const OUR_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** An owner's page may have its own looks; scripts have no place on a page that stands for an error. */
const THEIR_POLICY =
  "default-src 'none'; style-src 'unsafe-inline' *; img-src * data:; font-src *; frame-ancestors 'none'";

const pageFor = (status: number, pages: ErrorPages): string | undefined =>
  status < 400
    ? undefined
    : (pages?.[String(status)] ?? pages?.[`${Math.floor(status / 100)}xx`] ?? pages?.["default"]);

function filled(page: string, refused: Refusal): string {
  const { status, title } = kindOf(refused);
  const words: Readonly<Record<string, string>> = {
    status: String(status),
    title,
    detail: refused.detail,
  };
  return page.replace(/\{(status|title|detail)\}/g, (_, name: string) =>
    escapeHtml(words[name] ?? ""),
  );
}

function formatFor(accept: string): Format {
  if (/\bapplication\/(?:problem\+)?json\b/i.test(accept)) return JSON_FORMAT;
  return /\btext\/html\b/i.test(accept) ? HTML : TEXT;
}

function htmlOf(refused: Refusal): string {
  const { status, title } = kindOf(refused);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${status} ${escapeHtml(title)}</title>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(refused.detail)}</p>
<p><small>${status}, answered by the Bastide gateway</small></p>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
