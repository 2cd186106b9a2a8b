import { expect, it } from "vitest";
import { BuilderError, namingFullDisk } from "./builder-error.ts";

it("names the place when a disk is full, and leaves other errors alone", () => {
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  expect(namingFullDisk(full, "/data")).toMatchObject({ code: "disk-full" });
  expect(namingFullDisk(full, "/data")).toBeInstanceOf(BuilderError);
  const other = Object.assign(new Error("open"), { code: "EACCES" });
  expect(namingFullDisk(other, "/data")).toBe(other);
});
