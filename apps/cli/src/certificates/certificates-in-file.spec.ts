import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { certificatesInFile } from "./certificates-in-file.ts";

const directory = mkdtempSync(join(tmpdir(), "bastide-pem-"));
afterAll(() => rmSync(directory, { recursive: true }));

const fileOf = (text: string): string => {
  const path = join(directory, "some.pem");
  writeFileSync(path, text);
  return path;
};
const block = (kind: string, body: string): string =>
  `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;

it("takes a file's certificates, and leaves its key where it is", () => {
  const [one, two] = [block("CERTIFICATE", "AAAA"), block("CERTIFICATE", "BBBB")];
  const all = `subject=x\n${one}${block("PRIVATE KEY", "SECRET")}${two}`;
  expect(certificatesInFile(fileOf(all))).toBe(one + two);
});

it.each([["hello"], [block("PRIVATE KEY", "SECRET")], [""]])(
  "says of %j that it has none",
  (text) => {
    const path = fileOf(text);
    expect(() => certificatesInFile(path)).toThrow(`${path} holds no certificate in PEM`);
    expect(() => certificatesInFile(path)).not.toThrow("SECRET");
  },
);

it("says of a file that is not there that it cannot be read", () => {
  const path = join(directory, "missing.pem");
  expect(() => certificatesInFile(path)).toThrow(`${path} cannot be read (ENOENT)`);
});
