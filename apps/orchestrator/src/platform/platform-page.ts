import type { PlatformStatus } from "@bastide/contracts";
import { createHash } from "node:crypto";
import { STYLE } from "./page-style.ts";

const styleHash = createHash("sha256").update(STYLE).digest("base64");

/** Content-Security-Policy of the page: no script, no form, no frame, nothing from anywhere but this one style sheet. */
export const PLATFORM_PAGE_POLICY: string = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (found) => ENTITIES[found] ?? "");

/** The plan of a bastide: walls, towers at the corners, streets at right angles around a market place. */
const MARK = `<svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
<path d="M5 5h22v22H5zM13 5v8M19 5v8M13 19v8M19 19v8M5 13h8M5 19h8M19 13h8M19 19h8"/>
<path fill="currentColor" d="M3 3h4v4H3zM25 3h4v4h-4zM3 25h4v4H3zM25 25h4v4h-4zM14 14h4v4h-4z"/>
</svg>`;

/** The page at `/` of the platform's host: what runs, since when, and how to deploy. It has nothing of any tenant. */
export function platformPage(status: PlatformStatus): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bastide</title>
<style>${STYLE}</style>
</head>
<body>
<header>
${MARK}
<div>
<h1>Bastide ${status.healthy ? "is running" : "is starting"}</h1>
<p class="dim">Version ${escape(status.version)}, since ${timeOf(status.startedAt)}</p>
</div>
</header>
<main>
<section>
<h2>What runs</h2>
<table>
<thead><tr><th scope="col">Part</th><th scope="col">State</th><th scope="col">Since</th></tr></thead>
<tbody>
${status.components.map(rowOf).join("\n")}
</tbody>
</table>
</section>
<section>
<h2>Deploy an app</h2>
<p>Three commands, in the directory of its source:</p>
<dl>
<dt><code>bastide init</code></dt><dd>says what it finds there, and writes a <code>bastide.yaml</code> to begin with</dd>
<dt><code>bastide deploy</code></dt><dd>builds it in a sandbox, starts it, and sends it requests once it keeps its promises</dd>
<dt><code>bastide open</code></dt><dd>shows where it answers</dd>
</dl>
</section>
<section>
<h2>The API</h2>
<p>It answers at <code>${escape(status.url)}/v1</code> to whoever has a token, and describes itself at <code>/v1/openapi.json</code>.</p>
</section>
</main>
</body>
</html>
`;
}

function rowOf({ name, healthy, since }: PlatformStatus["components"][number]): string {
  const state = healthy ? `<td class="well">running</td>` : `<td class="ill">not ready</td>`;
  const began = since === undefined ? "" : timeOf(since);
  return `<tr><th scope="row">${escape(name)}</th>${state}<td>${began}</td></tr>`;
}

/** To the minute, in UTC: `2026-11-24 03:35 UTC`. */
const timeOf = (iso: string): string =>
  `<time datetime="${escape(iso)}">${escape(iso.replace("T", " ").slice(0, 16))} UTC</time>`;
