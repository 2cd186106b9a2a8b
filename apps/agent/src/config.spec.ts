import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const right = {
  BASTIDE_ORCHESTRATOR_URL: "http://127.0.0.1:7400",
  BASTIDE_NODE: "one",
  BASTIDE_TOKEN_FILE: "/home/token",
  BASTIDE_ROOT_KEYS_FILE: "/home/root-keys.json",
  BASTIDE_AGENT_DIR: "/home/agent",
  BASTIDE_INSTALLATION: "/opt/bastide",
};

describe("the agent's configuration", () => {
  it("has ranges of its own where none are given", () => {
    expect(readConfig(right)).toMatchObject({
      ports: { first: 20_000, last: 29_999 },
      uids: { first: 200_000, last: 209_999 },
    });
    expect(readConfig({ ...right, BASTIDE_PORTS: "3000-3001" }).ports).toEqual({
      first: 3000,
      last: 3001,
    });
  });

  it("is refused with every problem at once", () => {
    const wrong = {
      ...right,
      BASTIDE_AGENT_DIR: "relative",
      BASTIDE_PORTS: "5-1",
      BASTIDE_NODE: undefined,
    };
    expect(() => readConfig(wrong)).toThrow(ConfigError);
    expect(() => readConfig(wrong)).toThrow(/BASTIDE_NODE[^]*BASTIDE_AGENT_DIR[^]*BASTIDE_PORTS/);
  });

  it("of a node that joined has an identity and an address, or neither", () => {
    const joined = { BASTIDE_IDENTITY_DIR: "/node", BASTIDE_NODE_LISTEN: "[2001:db8::7]:7443" };
    expect(readConfig({ ...right, ...joined }).joined).toEqual({
      identityDirectory: "/node",
      listen: { host: "2001:db8::7", port: 7443 },
    });
    expect(() => readConfig({ ...right, BASTIDE_IDENTITY_DIR: "/node" })).toThrow(
      /one needs the other/,
    );
  });
});
