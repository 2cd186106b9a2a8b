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

/** A refusal as the client likes to read it, by its Accept header: JSON for programs, a page for browsers, else a line of text. */
export function render(refused: Refusal, accept: string | undefined): RenderedRefusal {
  const { status, retryAfterSeconds } = kindOf(refused);
  const [contentType, write] = formatFor(accept ?? "");
  const body = write(refused);
  return {
    status,
    headers: {
      "content-type": contentType,
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
    body,
  };
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
