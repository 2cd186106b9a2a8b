import { expect, it } from "vitest";
import { readConfig } from "./config.ts";

const needed = {
  PORT: "8080",
  BASTIDE_CONTROL_URL: "http://127.0.0.1:4000",
  BASTIDE_GATEWAY: "one",
};

it("needs only what nobody else can know", () => {
  expect(readConfig(needed)).toMatchObject({
    PORT: 8080,
    BASTIDE_LISTEN: ["127.0.0.1"],
    BASTIDE_TOKEN_FILE: "/run/bastide/token",
    BASTIDE_STATE_DIR: "/data",
    BASTIDE_WAIT_MS: 3000,
  });
});

it("listens on several addresses", () => {
  expect(readConfig({ ...needed, BASTIDE_LISTEN: "127.0.0.1, ::1" }).BASTIDE_LISTEN).toEqual([
    "127.0.0.1",
    "::1",
  ]);
});

it("names every problem at once, and no value", () => {
  const read = () =>
    readConfig({ BASTIDE_LISTEN: "everywhere", PORT: "many", BASTIDE_GATEWAY: "", X: "secret" });
  expect(read).toThrow(/PORT: .*BASTIDE_CONTROL_URL is not set.*BASTIDE_GATEWAY is not set/);
  expect(read).toThrow(/BASTIDE_LISTEN: is not a list of IP addresses/);
  expect(read).not.toThrow(/everywhere|many|secret/);
});
