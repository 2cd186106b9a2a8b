import { describe, expect, it } from "vitest";
import { Manifest } from "./manifest.ts";

describe("Manifest", () => {
  it("may be empty", () => {
    expect(Manifest.parse({})).toEqual({});
  });

  it("refuses keys that it does not know", () => {
    expect(Manifest.safeParse({ proceses: {} }).success).toBe(false);
  });

  it("fills a promise's defaults", () => {
    const manifest = Manifest.parse({
      processes: { web: { command: "node .", promises: [{ kind: "http", path: "/up" }] } },
    });
    expect(manifest.processes?.["web"]?.promises).toEqual([
      { kind: "http", path: "/up", timeoutSeconds: 2, everySeconds: 5 },
    ]);
  });
});
