import { describe, expect, it } from "vitest";
import { useBackend } from "./crypto/default-backend.ts";
import { nodeBackend } from "./crypto/node-backend.ts";
import { webBackend } from "./crypto/web-backend.ts";
import { failuresOf } from "./portable-samples.fixture.ts";
import { loadSamples } from "./samples.fixture.ts";

const samples = loadSamples();

describe.each([
  ["node:crypto", nodeBackend],
  ["noble and WebCrypto", webBackend],
])("the official samples on %s", (_, backend) => {
  it("give the expected results, asynchronously, and can be attenuated and sealed", async () => {
    const restore = useBackend(backend);
    try {
      expect(samples === undefined ? [] : await failuresOf(samples)).toEqual([]);
    } finally {
      restore();
    }
  });
});
