import { expect, it } from "vitest";
import { bytes, columns } from "./columns.ts";

it("aligns columns and leaves no spaces at the ends", () => {
  expect(
    columns([
      ["NAME", "STATE"],
      ["a", "ready"],
      ["longer", ""],
    ]),
  ).toBe("NAME    STATE\na       ready\nlonger");
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1500, "1.5 kB"],
  [250_000_000, "250 MB"],
  [83_800_000_000, "83.8 GB"],
])("shows %i bytes as %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});
