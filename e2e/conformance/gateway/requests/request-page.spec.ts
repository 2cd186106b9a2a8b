import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { Case } from "../case.ts";
import { CASES } from "../cases.ts";
import { DOWNGRADE_CASES } from "../downgrade/downgrade-cases.ts";
import { rowsOfTable } from "../markdown-table.ts";
import { REQUESTS_PAGE } from "./publish-requests.ts";
import { corpusCells, requestPage } from "./request-page.ts";

const refused = {
  verdict: "refused",
  requests: 0,
  readings: [],
  detail: "answered with 400",
} as const;
const one: Case = { name: "a", source: "RFC 9112", meant: "refuse", bytes: "GET" };

it("the page of requests has every request of the corpus as it is sent today; `npm run conformance -- gateway` writes it", async () => {
  const rows = rowsOfTable(await readFile(REQUESTS_PAGE, "utf8"));
  expect(rows.map((cells) => cells.slice(0, 4))).toEqual(
    [...CASES, ...DOWNGRADE_CASES].map((request) =>
      corpusCells(request).map((cell) => cell.trim()),
    ),
  );
});

it("a request that was read in two ways stands out", () => {
  const outcome = {
    ...refused,
    verdict: "ambiguous",
    detail: "Node reads one, nginx two",
  } as const;
  expect(requestPage([{ one, outcome }])).toContain("**ambiguous**: Node reads one, nginx two");
});

it("what cannot be read as text, ends a cell or a code, or is very long, is written so that it can be read back", () => {
  const bytes = `GET /\`|\\ HTTP/1.1\r\n${"a".repeat(1_000)}`;
  const wild = { ...one, name: "a | b", bytes };
  const [cells] = rowsOfTable(requestPage([{ one: wild, outcome: refused }]));
  expect(cells).toEqual([
    "a | b", "`GET /\\x60|\\ HTTP/1.1\\x0d\\x0aa{× 1000}`", one.source, one.meant, "refused: 400", "", "", "",
  ]); // prettier-ignore
});
