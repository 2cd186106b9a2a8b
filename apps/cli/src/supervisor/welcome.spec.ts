import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { welcome } from "./welcome.ts";

const directory = mkdtempSync(join(tmpdir(), "bastide-welcome-"));
afterAll(() => rmSync(directory, { recursive: true }));
const installation = join(directory, "clone");
mkdirSync(join(directory, "bin"));
mkdirSync(installation);
writeFileSync(join(installation, "bastide"), "");
symlinkSync(join(installation, "bastide"), join(directory, "bin", "bastide"));

const started = {
  url: "http://bastide.localhost:8080",
  httpsUrl: "https://bastide.localhost:8443",
  probe: "http://probe.localhost:8080",
  home: "/home",
  tookMs: 1000,
  healthy: true,
};

it("says how to get the command, where PATH does not have it", () => {
  const text = welcome(started, { PATH: "/usr/bin" }, installation);
  expect(text).toContain(`export PATH="$PATH:${installation}"`);
});

it("leaves that out where a link on PATH leads to it", () => {
  const text = welcome(started, { PATH: `/usr/bin:${join(directory, "bin")}` }, installation);
  expect(text).not.toContain("export");
});

it("names a home that was chosen, for whoever uses it next", () => {
  const text = welcome(started, { PATH: "", BASTIDE_HOME: "/srv/bastide" }, installation);
  expect(text).toContain("export BASTIDE_HOME=/srv/bastide");
});

it("names the command that starts the gateway where an operator stopped it, and no app to deploy", () => {
  const text = welcome({ ...started, healthy: false }, { PATH: "" }, installation);
  expect(text).toMatch(/stopped by an operator[\s\S]*\n {2}bastide ha start gateway$/);
  expect(text).not.toContain("bastide deploy");
});
