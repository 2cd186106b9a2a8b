import { describe, expect, it } from "vitest";
import { JsonLogger } from "./json-logger.ts";

function logged(act: (logger: JsonLogger) => void): Record<string, unknown> {
  const lines: string[] = [];
  act(new JsonLogger((line) => void lines.push(line)));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith("}\n")).toBe(true);
  return JSON.parse(lines[0] ?? "");
}

describe("JsonLogger", () => {
  it("writes one line per record, whatever the message", () => {
    const record = logged((logger) => logger.info("two\nlines", { port: 80 }));
    expect(record).toMatchObject({ level: "info", message: "two\nlines", port: 80 });
    expect(Date.parse(String(record["time"]))).not.toBeNaN();
  });

  it.each(["token", "adminToken", "password", "Authorization", "sealedConfig", "privateKey"])(
    "writes no value of a field called %s, at any depth",
    (name) => {
      const record = logged((logger) => logger.warn("x", { deep: { [name]: "hunter2" } }));
      expect(JSON.stringify(record)).not.toContain("hunter2");
    },
  );

  it("writes no token that is part of a message", () => {
    const token = "Eo8B".repeat(40);
    const record = logged((logger) => logger.error(`cannot use ${token} here`));
    expect(record["message"]).toBe("cannot use … here");
  });

  it("writes an error's cause", () => {
    const error = new Error("outer", { cause: new Error("inner") });
    expect(JSON.stringify(logged((logger) => logger.error("x", { error })))).toContain("inner");
  });

  it("takes Nest's calls", () => {
    expect(logged((logger) => logger.warn("odd", "RouterExplorer"))).toMatchObject({
      context: "RouterExplorer",
    });
    expect(logged((logger) => logger.error("failed", "Error: x\n at y", "Nest"))).toMatchObject({
      stack: "Error: x\n at y",
      context: "Nest",
    });
  });

  it("leaves out what is below its level", () => {
    const lines: string[] = [];
    const logger = new JsonLogger((line) => void lines.push(line), "warn");
    logger.info("x");
    logger.log("Nest's own");
    expect(lines).toEqual([]);
  });
});
