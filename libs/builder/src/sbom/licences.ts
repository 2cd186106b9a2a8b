/** SPDX ids that nearly all packages have; CycloneDX takes no other text as an id, so the rest are names. */
const SPDX: ReadonlySet<string> = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "CC-BY-3.0",
  "CC-BY-4.0",
  "Unlicense",
  "WTFPL",
  "Zlib",
  "Python-2.0",
  "Artistic-2.0",
  "MPL-2.0",
  "EPL-2.0",
  "EUPL-1.2",
  "LGPL-2.1-only",
  "LGPL-2.1-or-later",
  "LGPL-3.0-only",
  "LGPL-3.0-or-later",
  "GPL-2.0-only",
  "GPL-2.0-or-later",
  "GPL-3.0-only",
  "GPL-3.0-or-later",
  "AGPL-3.0-only",
  "AGPL-3.0-or-later",
]);

export type Licence =
  | { readonly license: { readonly id: string } | { readonly name: string } }
  | { readonly expression: string };

/** An SPDX expression of several licences: ids, AND, OR, WITH and brackets. */
const EXPRESSION = /^[\w.+\-() ]+ (?:AND|OR|WITH) [\w.+\-() ]+$/;

/** What package.json says in `license` (or, long ago, `licenses`) as CycloneDX has it. */
export function licencesOf(text: string | undefined): readonly Licence[] {
  const licence = text?.trim().slice(0, 200);
  if (licence === undefined || licence === "") return [];
  if (SPDX.has(licence)) return [{ license: { id: licence } }];
  return EXPRESSION.test(licence) ? [{ expression: licence }] : [{ license: { name: licence } }];
}
