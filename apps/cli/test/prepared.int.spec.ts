import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, it } from "vitest";

const installation = join(import.meta.dirname, "../../..");
const place = mkdtempSync(join(tmpdir(), "bastide-prepared-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The same installation elsewhere, as after a move: what was the path when the snapshot was made says nothing. */
const moved = join(place, "moved");
mkdirSync(join(moved, "apps/cli/bundle"), { recursive: true });
for (const name of ["bastide", "node_modules"])
  symlinkSync(join(installation, name), join(moved, name));
for (const name of ["main.js", "prepared.blob"])
  copyFileSync(join(installation, "apps/cli/bundle", name), join(moved, "apps/cli/bundle", name));

const environment = {
  PATH: process.env["PATH"] ?? "",
  HOME: place,
  XDG_CONFIG_HOME: join(place, "config"),
  BASTIDE_HOME: join(place, "home"),
};
const WAYS = {
  prepared: (root: string) => [
    "--snapshot-blob",
    join(root, "apps/cli/bundle/prepared.blob"),
    join(root, "apps/cli/bundle/main.js"),
  ],
  plain: () => [join(installation, "apps/cli/bundle/main.js")],
};

const app = join(place, "app");
mkdirSync(app);
writeFileSync(join(app, "package.json"), JSON.stringify({ scripts: { start: "node x.js" } }));
writeFileSync(join(app, "x.js"), "");

function run(way: readonly string[], words: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...way, ...words], {
    encoding: "utf8",
    cwd: app,
    env: { ...environment, ...env },
  });
  return { status, stdout, stderr };
}

it.each([
  [["deploy", "--help"], 0],
  [["rollback", "--help", "--json"], 0],
  [["deploy", "--ap", "x"], 2],
  [["deploy", "/no/such/place"], 2],
  [["rollback", "x"], 2],
  [["deploy", "--app", "a--b"], 2],
  [["rollback", "--app", "x"], 3],
  [["rollback", "--app", "x", "--json"], 3],
])("%j says the same from the snapshot, also where it was moved to", (words, code) => {
  const plain = run(WAYS.plain(), words);
  expect(plain.status).toBe(code);
  expect(run(WAYS.prepared(installation), words)).toEqual(plain);
  expect(run(WAYS.prepared(moved), words)).toEqual(plain);
});

it("reads directory, environment and token of the moment that it is called in", async () => {
  const asked: string[] = [];
  await using server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    request.resume();
    response.statusCode = 403;
    response.setHeader("content-type", "application/problem+json");
    response.end(JSON.stringify({ type: "about:blank", title: "no", status: 403, code: "x" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const child = spawn(process.execPath, [...WAYS.prepared(moved), "deploy", "--app", "shop"], {
    cwd: app,
    env: {
      ...environment,
      BASTIDE_URL: `http://127.0.0.1:${port}`,
      BASTIDE_TOKEN: "token-of-twenty-letters",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [told] = await Promise.all([text(child.stderr), once(child, "close")]);
  expect(told).toContain("web: node x.js");
  expect(asked).toEqual([
    "PUT /v1/organisations/main/projects/main/apps/shop Bearer token-of-twenty-letters",
  ]);
});

it("is what the launcher runs, and other commands run without it", () => {
  const launcher = join(installation, "bastide");
  const told = (words: readonly string[]): string =>
    spawnSync("sh", ["-x", launcher, ...words], { encoding: "utf8", env: environment }).stderr;
  expect(told(["rollback", "--help"])).toMatch(/exec .*--snapshot-blob .*prepared\.blob/);
  expect(told(["version"])).not.toContain("--snapshot-blob");
});
