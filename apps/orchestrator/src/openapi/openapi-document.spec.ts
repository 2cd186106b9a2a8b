import { endpoints } from "@bastide/contracts";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "./openapi-document.ts";

const COMMITTED = join(import.meta.dirname, "../../../../docs/openapi.json");
const document = JSON.stringify(openApiDocument(endpoints), undefined, 2);

describe("openApiDocument", () => {
  it("is what is committed (WRITE_OPENAPI=1 with this test writes it)", () => {
    if (process.env["WRITE_OPENAPI"] === "1") writeFileSync(COMMITTED, `${document}\n`);
    expect(JSON.parse(readFileSync(COMMITTED, "utf8"))).toEqual(JSON.parse(document));
  });

  it("refers to nothing that is not there", () => {
    const { schemas } = JSON.parse(document).components;
    const used = [...document.matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      ([, name = ""]) => name,
    );
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !(name in schemas))).toEqual([]);
    expect(document).not.toContain("$defs");
  });

  it("has an operation for every endpoint, each with an id of its own", () => {
    const count = Object.values(endpoints).reduce(
      (sum, verbs) => sum + Object.keys(verbs).length,
      0,
    );
    const ids = [...document.matchAll(/"operationId": "([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(count);
  });
});
