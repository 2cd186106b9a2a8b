import { expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, loadConfig } from "./load-config.ts";

const schema = z.object({
  PORT: z.coerce.number().int().max(65_535),
  DIRECTORY: z.string(),
  MODE: z.enum(["a", "b"]).default("a"),
});

it("gives values and defaults, and takes an empty variable as absent", () => {
  expect(loadConfig(schema, { PORT: "80", DIRECTORY: "/x", MODE: "", HOME: "/root" })).toEqual({
    PORT: 80,
    DIRECTORY: "/x",
    MODE: "a",
  });
});

it("reports every problem at once, and no value", () => {
  const load = () => loadConfig(schema, { PORT: "99999", MODE: "hunter2" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/3 problem\(s\)/);
  expect(load).toThrow(/PORT: .*65535/);
  expect(load).toThrow(/DIRECTORY is not set/);
  expect(load).not.toThrow(/hunter2/);
});
