import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeBrowserStores } from "../src/trust/browser-stores.ts";

/** A self-signed authority, by the openssl of the machine. */
function authority(directory: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = join(directory, "key.pem");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
  const subject = ["-subj", "/CN=Bastide test", "-addext", "basicConstraints=critical,CA:TRUE"];
  return execFileSync("openssl", ["req", "-x509", "-key", key, "-days", "30", ...subject], {
    encoding: "utf8",
  });
}

const trusted = (store: string): string =>
  execFileSync("certutil", ["-L", "-d", `sql:${store}`], { encoding: "utf8" });

describe("the stores of a user's browsers", () => {
  let home = "";
  let certificate = "";
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "bastide-trust-"));
    certificate = authority(home);
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it("get the authority, Chromium's made where it is missing and every profile of Firefox, and lose it again", async () => {
    const profile = join(home, ".mozilla/firefox/abc.default");
    mkdirSync(profile, { recursive: true });
    execFileSync("certutil", ["-N", "-d", `sql:${profile}`, "--empty-password"]);
    const change = { certificate, name: "bastide-localhost-1", isRemoval: false };
    const added = await changeBrowserStores(change, home);
    expect(added.map(({ store, state }) => `${store} ${state}`)).toEqual([
      "Chromium done",
      "Firefox done",
    ]);
    for (const store of [join(home, ".pki/nssdb"), profile])
      expect(trusted(store)).toMatch(/bastide-localhost-1\s+C,,/);
    expect((await changeBrowserStores(change, home)).every(({ state }) => state === "done")).toBe(
      true,
    );
    await changeBrowserStores({ ...change, isRemoval: true }, home);
    for (const store of [join(home, ".pki/nssdb"), profile])
      expect(trusted(store)).not.toContain("bastide-localhost-1");
  });

  it("are left as they are when there is nothing to remove", async () => {
    const change = { certificate, name: "bastide-localhost-1", isRemoval: true };
    expect(await changeBrowserStores(change, home)).toMatchObject([{ state: "left-out" }]);
  });
});
