import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ProcessDriver } from "../src/index.ts";
import { findTools } from "../src/process/tools.ts";
import { runtimeConformance } from "../src/testing/index.ts";

function driverWithoutBubblewrap(): ProcessDriver {
  const tools = new Map([...findTools()].filter(([name]) => name !== "bwrap"));
  return new ProcessDriver({ controlGroup: `bastide-unsandboxed-${process.pid}`, tools });
}

describe("without bubblewrap (needs an ordinary user)", () => {
  runtimeConformance(driverWithoutBubblewrap);

  it("says what is missing and how to get it", async () => {
    const facts = await driverWithoutBubblewrap().fingerprint();
    // Whoever starts us in a sandbox of theirs has set it for everything below.
    const noNewPrivileges = /^NoNewPrivs:\s1/m.test(readFileSync("/proc/self/status", "utf8"));
    expect(facts).toMatchObject({ namespaces: [], seccomp: false, noNewPrivileges });
    expect(facts.missing.join("\n")).toContain("install the package bubblewrap");
  });
});
