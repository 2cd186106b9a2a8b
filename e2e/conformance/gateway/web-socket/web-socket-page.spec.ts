import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { rowsOfTable } from "../markdown-table.ts";
import { KNOWN_DIFFERENCES, WEB_SOCKET_CASES } from "./web-socket-cases.ts";
import { WEB_SOCKET_PAGE, webSocketPage } from "./web-socket-page.ts";

const SEEN = { client: ["open - -", "text 5 hello"], app: ["closed 1000 "] };

it("the page of WebSockets has every case there is, and each reason; `npm run conformance -- gateway` writes it", async () => {
  const page = await readFile(WEB_SOCKET_PAGE, "utf8");
  expect(rowsOfTable(page).map(([name]) => name)).toEqual(WEB_SOCKET_CASES.map(({ name }) => name));
  for (const reason of KNOWN_DIFFERENCES.values()) expect(page).toContain(reason);
});

it("what is seen otherwise through the gateway is shown with its reason, or as unexplained", () => {
  const through = { ...SEEN, client: ["open - -"] };
  const found = ["a", "b"].map((name) => ({ name, direct: SEEN, through }));
  const rows = rowsOfTable(webSocketPage(found, new Map([["a", "it has to"]])));
  expect(rows.map((cells) => cells[3])).toEqual([
    "client: `open - -`; app: `closed 1000 `; it has to",
    "client: `open - -`; app: `closed 1000 `; **unexplained**",
  ]);
});
