import fc from "fast-check";
import { expect, it } from "vitest";
import { nodeBackend } from "../crypto/node-backend.ts";
import { webBackend } from "../crypto/web-backend.ts";

it.each([
  ["node:crypto", nodeBackend],
  ["web standards", webBackend],
])("the backend of %s decodes URL-safe base64 without padding", (_, backend) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const decoded = backend.decodeBase64url(Buffer.from(bytes).toString("base64url"));
      expect(decoded).toEqual(Uint8Array.from(bytes));
      // Not a part of memory that others have parts of.
      expect(decoded.buffer.byteLength).toBe(bytes.length);
    }),
  );
});
