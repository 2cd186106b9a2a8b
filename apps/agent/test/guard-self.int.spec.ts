import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Credentials, IDENTITY_FILES, writeIdentity } from "@bastide/peer-tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GuardSelf } from "../src/guard/guard-self.ts";
import { TestAuthority } from "./certificates.fixture.ts";

describe("who a guard is", () => {
  let directory: string;
  let authority: TestAuthority;

  beforeEach(async () => {
    directory = await mkdtemp("/tmp/bastide-self-");
    authority = await TestAuthority.make();
  });
  afterEach(() => rm(directory, { recursive: true }));

  const issue = (): Promise<Credentials> => authority.issue({ kind: "node", name: "n1" });

  async function give({ certificate, authority: of }: Credentials, key?: string): Promise<void> {
    if (key !== undefined) await writeFile(join(directory, IDENTITY_FILES.key), key);
    const expiresAt = new Date().toISOString();
    const identity = {
      name: "n1",
      token: "t",
      certificate,
      authority: of,
      rootKeys: [],
      expiresAt,
    };
    await writeIdentity(directory, identity, new Date());
  }

  const load = (): Promise<GuardSelf> =>
    GuardSelf.load({
      orchestratorUrl: "https://127.0.0.1:1",
      node: "n1",
      tokenFile: "",
      rootKeysFile: "",
      directory,
      installation: "/",
      ports: { first: 20_000, last: 29_999 },
      uids: { first: 200_000, last: 209_999 },
      joined: { identityDirectory: directory, listen: { host: "127.0.0.1", port: 1 } },
    });

  it("changes with its key when its node joins anew", async () => {
    const [first, second] = [await issue(), await issue()];
    await give(first, first.key);
    const self = await load();
    await give(second, second.key);
    await self.refresh();
    expect(self.credentials).toEqual(second);
  });

  it("stays what it was while what lies on its disk does not belong together", async () => {
    const [first, second] = [await issue(), await issue()];
    await give(first, first.key);
    const self = await load();
    await give(second);
    await expect(self.refresh()).rejects.toThrow("key values mismatch");
    expect(self.credentials).toEqual(first);
    await writeFile(join(directory, IDENTITY_FILES.key), second.key);
    await self.refresh();
    expect(self.credentials).toEqual(second);
  });
});
