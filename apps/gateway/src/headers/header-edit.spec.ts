import { describe, expect, it } from "vitest";
import { edited, withRules } from "./header-edit.ts";

describe("edited", () => {
  const raw = ["Server", "x", "Set-Cookie", "a=1", "Set-Cookie", "b=2", "ETag", '"1"'];
  const none = { remove: [], set: {}, suggest: {}, append: [] };

  it("keeps everything as it came where nothing is said of it", () => {
    expect(edited(raw, undefined)).toEqual(raw);
    expect(edited(raw, none)).toEqual(raw);
  });

  it("removes, sets, suggests and appends, whatever the case of the name", () => {
    expect(
      edited(raw, {
        remove: ["server"],
        set: { etag: '"2"' },
        suggest: { ratelimit: "r", "set-cookie": "no" },
        append: [["Set-Cookie", "c=3"]],
      }),
    ).toEqual([
      "Set-Cookie",
      "a=1",
      "Set-Cookie",
      "b=2",
      "etag",
      '"2"',
      "ratelimit",
      "r",
      "Set-Cookie",
      "c=3",
    ]);
  });
});

it("sets after it has removed", () => {
  const headers = { host: "h", a: "1", b: ["2", "3"] };
  expect(withRules(headers, { remove: ["a", "b"], set: { a: "9" } })).toEqual({
    host: "h",
    a: "9",
  });
  expect(withRules(headers, undefined)).toBe(headers);
});
