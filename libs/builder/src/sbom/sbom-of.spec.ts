import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { licencesOf } from "./licences.ts";
import { sbomOf, type Sbom } from "./sbom-of.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-sbom-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, object | string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(
      join(root, path),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
}
const sbom = (): Promise<Sbom> =>
  sbomOf(root, {
    name: "shop",
    version: "1.2.3",
    sourceDigest: "sha256:00",
    nodeVersion: "24.21.0",
  });

describe("the SBOM of an artefact", () => {
  it("does not follow links between node_modules directories, which may go round for ever", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
    for (const name of names) {
      await write({ [`node_modules/${name}/package.json`]: { name, version: "1.0.0" } });
      await symlink("..", join(root, "node_modules", name, "node_modules"));
    }
    expect((await sbom()).components).toHaveLength(names.length + 1);
  });

  it("has the packages that are really there, nested and scoped ones too, and Node", async () => {
    const integrity = `sha512-${Buffer.alloc(64, 1).toString("base64")}`;
    await write({
      "node_modules/a/package.json": { name: "a", version: "1.0.0", license: "MIT" },
      "node_modules/a/node_modules/b/package.json": {
        name: "b",
        version: "2.0.0-rc.1+x",
        license: "(MIT OR Apache-2.0)",
      },
      "node_modules/@s/c/package.json": {
        name: "@s/c",
        version: "3.0.0",
        licenses: [{ type: "Custom" }],
      },
      "node_modules/.cache/x/package.json": { name: "x", version: "1.0.0" },
      "node_modules/broken/package.json": "{",
      "package-lock.json": {
        packages: { "": {}, "node_modules/a": { integrity }, "node_modules/gone": { integrity } },
      },
    });
    const { components, metadata } = await sbom();
    expect(components.map(({ purl }) => purl)).toEqual([
      "pkg:generic/node@24.21.0",
      "pkg:npm/%40s/c@3.0.0",
      "pkg:npm/a@1.0.0",
      "pkg:npm/b@2.0.0-rc.1%2Bx",
    ]);
    expect(components[1]).toMatchObject({
      group: "@s",
      name: "c",
      licenses: [{ license: { name: "Custom" } }],
    });
    expect(components[2]).toMatchObject({
      licenses: [{ license: { id: "MIT" } }],
      hashes: [{ alg: "SHA-512", content: "01".repeat(64) }],
    });
    expect(components[3]).toMatchObject({ licenses: [{ expression: "(MIT OR Apache-2.0)" }] });
    expect(metadata.component).toMatchObject({
      name: "shop",
      version: "1.2.3",
      properties: [{ name: "bastide:source", value: "sha256:00" }],
    });
  });

  it("is the same each time, and has neither times nor random numbers", async () => {
    await write({ "node_modules/a/package.json": { name: "a", version: "1.0.0" } });
    const text = JSON.stringify(await sbom());
    expect(JSON.stringify(await sbom())).toBe(text);
    expect(text).not.toMatch(/timestamp|serialNumber/);
  });

  it("lists a package once that lies at two places, with the hash that is known", async () => {
    const integrity = `sha512-${Buffer.alloc(64, 2).toString("base64")}`;
    await write({
      "node_modules/a/node_modules/b/package.json": { name: "b", version: "1.0.0" },
      "node_modules/c/node_modules/b/package.json": { name: "b", version: "1.0.0" },
      "package-lock.json": { packages: { "node_modules/c/node_modules/b": { integrity } } },
    });
    const found = (await sbom()).components.filter(({ name }) => name === "b");
    expect(found).toHaveLength(1);
    expect(found[0]?.hashes).toHaveLength(1);
  });

  it("never reads what a link out of the artefact leads to", async () => {
    await write({ "node_modules/evil/readme": "" });
    const outside = await mkdtemp(join(tmpdir(), "builder-outside-"));
    await writeFile(join(outside, "package.json"), '{"name":"stolen","version":"1.0.0"}');
    await symlink(join(outside, "package.json"), join(root, "node_modules/evil/package.json"));
    await symlink(outside, join(root, "node_modules/linked"));
    expect(JSON.stringify(await sbom())).not.toContain("stolen");
    await rm(outside, { recursive: true });
  });

  it("of nothing installed has Node alone", async () => {
    expect((await sbom()).components).toHaveLength(1);
  });
});

it.each([
  [undefined, []],
  ["", []],
  ["SEE LICENSE IN x", [{ license: { name: "SEE LICENSE IN x" } }]],
  ["MIT AND ISC", [{ expression: "MIT AND ISC" }]],
  ["Apache-2.0", [{ license: { id: "Apache-2.0" } }]],
])("the licence %j", (text, expected) => {
  expect(licencesOf(text)).toEqual(expected);
});
