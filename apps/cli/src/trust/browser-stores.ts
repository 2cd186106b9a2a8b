import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryTool } from "./run-tool.ts";
import type { StoreChange, StoreResult } from "./store.ts";

/** Where Firefox keeps its profiles: Debian's own, and those of snap and flatpak. */
const FIREFOX = [
  ".mozilla/firefox",
  "snap/firefox/common/.mozilla/firefox",
  ".var/app/org.mozilla.firefox/.mozilla/firefox",
];
/** One store for Chromium, Chrome, Edge and others (chromium.googlesource.com, linux/cert_management.md). */
const CHROMIUM = ".pki/nssdb";

/** The stores of one user's browsers, which do not look into the system's. */
export async function changeBrowserStores(
  change: StoreChange,
  home: string,
): Promise<StoreResult[]> {
  if ((await tryTool("certutil", ["-H"])) === "spawn certutil ENOENT") return [withoutTool(home)];
  const chromium = join(home, CHROMIUM);
  const results = [await changeStore("Chromium", chromium, change)];
  for (const profile of firefoxProfiles(home))
    results.push(await changeStore("Firefox", profile, change));
  return results;
}

const withoutTool = (home: string): StoreResult => ({
  store: "browsers",
  state: "left-out",
  message: `certutil is not installed (Debian: apt-get install libnss3-tools), so the stores in ${home} were left as they are; or import the output of \`bastide trust --print\` in the browser's settings, as an authority for websites`,
});

function firefoxProfiles(home: string): string[] {
  return FIREFOX.map((folder) => join(home, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((profile) => existsSync(join(profile, "cert9.db")));
}

async function changeStore(
  store: string,
  directory: string,
  change: StoreChange,
): Promise<StoreResult> {
  const database = `sql:${directory}`;
  if (!existsSync(join(directory, "cert9.db"))) {
    if (change.isRemoval) return { store, state: "left-out", message: `${directory} is not there` };
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const problem = await tryTool("certutil", ["-N", "-d", database, "--empty-password"]);
    if (problem !== undefined) return { store, state: "failed", message: problem };
  }
  const problem = change.isRemoval
    ? await tryTool("certutil", ["-D", "-d", database, "-n", change.name])
    : await addTo(database, change);
  return problem === undefined
    ? { store, state: "done", message: directory }
    : { store, state: "failed", message: `${directory}: ${problem}` };
}

/** `C`: an authority for servers, and for nothing else. */
async function addTo(
  database: string,
  { name, certificate }: StoreChange,
): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "bastide-trust-"));
  try {
    const file = join(directory, "ca.pem");
    writeFileSync(file, certificate);
    return await tryTool("certutil", ["-A", "-d", database, "-n", name, "-t", "C,,", "-i", file]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
