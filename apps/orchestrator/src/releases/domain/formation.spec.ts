import { describe, expect, it } from "vitest";
import { checkFormation } from "./formation.ts";
import { publicProcess, wantedOf } from "./processes.ts";

const process = (change: object = {}) => ({
  command: "node server.js",
  instances: 2,
  stopGraceSeconds: 10,
  startTimeoutSeconds: 60,
  ...change,
});

describe("checkFormation", () => {
  it("takes the processes that the release has", () => {
    expect(checkFormation({ web: 3 }, ["web", "worker"])).toBeUndefined();
  });

  it("names an unknown process, those there are, and the nearest", () => {
    expect(checkFormation({ wroker: 1 }, ["web", "worker"])).toBe(
      'the current release has no process "wroker"; it has "web", "worker". Did you mean "worker"?',
    );
  });

  it("suggests nothing that is not near", () => {
    expect(checkFormation({ database: 1 }, ["web"])).not.toContain("mean");
  });
});

describe("wantedOf", () => {
  it("prefers what scale set over what the release says", () => {
    const wanted = wantedOf({ web: process(), worker: process() }, { worker: 0 });
    expect(wanted["web"]).toMatchObject({ count: 2, isPublic: true });
    expect(wanted["worker"]).toMatchObject({ count: 0, isPublic: false });
  });
});

describe("publicProcess", () => {
  it("is web, which listens unless it says otherwise", () => {
    expect(publicProcess({ web: process(), api: process({ listens: true }) })).toBe("web");
    expect(publicProcess({ web: process({ listens: false }) })).toBeUndefined();
  });

  it("is the only other process that listens, if there is one only", () => {
    expect(publicProcess({ api: process({ listens: true }), worker: process() })).toBe("api");
    const two = { api: process({ listens: true }), admin: process({ listens: true }) };
    expect(publicProcess(two)).toBeUndefined();
  });
});
