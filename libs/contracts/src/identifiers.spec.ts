import { describe, expect, it } from "vitest";
import { AppName, hostLabel, Id } from "./identifiers.ts";
import { uuidv7 } from "./uuid.ts";

describe("AppName", () => {
  it.each(["shop", "a", "my-shop-2"])("takes %s", (name) => {
    expect(AppName.safeParse(name).success).toBe(true);
  });

  it.each([
    "Shop",
    "2shop",
    "shop--staging",
    "-shop",
    "shop-",
    "bastide",
    "",
    "a".repeat(41),
    "a.b",
  ])("refuses %j", (name) => {
    expect(AppName.safeParse(name).success).toBe(false);
  });

  it("says that a name is reserved", () => {
    expect(AppName.safeParse("bastide").error?.issues[0]?.message).toContain(
      '"bastide" is reserved',
    );
  });
});

describe("hostLabel", () => {
  it("is bare in production and never the same for two environments", () => {
    expect(hostLabel("shop", "production")).toBe("shop");
    expect(hostLabel("shop", "staging")).toBe("shop--staging");
  });
});

describe("uuidv7", () => {
  it("is a UUID version 7 that carries its time and sorts by it", () => {
    const [early, late] = [uuidv7(1_700_000_000_000), uuidv7(1_700_000_000_001)];
    expect(Id.safeParse(early).success).toBe(true);
    expect(Number.parseInt(early.replace("-", "").slice(0, 12), 16)).toBe(1_700_000_000_000);
    expect(early < late).toBe(true);
  });
});
