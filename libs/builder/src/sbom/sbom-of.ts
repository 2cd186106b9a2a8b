import { DirectoryTree } from "../detect/directory-tree.ts";
import { installedPackages, type InstalledPackage } from "./installed-packages.ts";
import { integrities } from "./integrities.ts";
import { licencesOf, type Licence } from "./licences.ts";

export interface SbomSubject {
  /** The app's name on the platform. */
  readonly name: string;
  /** Of package.json, where there is one. */
  readonly version?: string | undefined;
  readonly sourceDigest: string;
  readonly nodeVersion: string;
}

interface Component {
  readonly type: "library" | "platform" | "application";
  readonly "bom-ref": string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly Licence[];
  readonly hashes?: readonly { readonly alg: "SHA-512"; readonly content: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** The part of a CycloneDX 1.6 document (ECMA-424) that is written here. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

/**
 * Lists what an artefact brings to run: the packages that are really in its node_modules, with licence, and SHA-512
 * where npm's lock file names it; and Node. The same directory gives the same document: no time and no random number.
 */
export async function sbomOf(directory: string, subject: SbomSubject): Promise<Sbom> {
  const hashes = integrities(new DirectoryTree(directory));
  const components = new Map<string, Component>();
  for await (const found of installedPackages(directory)) {
    const component = libraryOf(found, hashes.get(found.path));
    const known = components.get(component["bom-ref"]);
    // The same package at two places: the one whose hash is known says more.
    if (known?.hashes === undefined) components.set(component["bom-ref"], component);
  }
  const sorted = [...components.values()].toSorted((left, right) =>
    left["bom-ref"] < right["bom-ref"] ? -1 : 1,
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: subjectOf(subject) },
    components: [nodeOf(subject.nodeVersion), ...sorted],
  };
}

const subjectOf = ({ name, version, sourceDigest }: SbomSubject): Component => ({
  type: "application",
  "bom-ref": "app",
  name,
  ...(version === undefined ? {} : { version }),
  properties: [{ name: "bastide:source", value: sourceDigest }],
});

const nodeOf = (version: string): Component => ({
  type: "platform",
  "bom-ref": `pkg:generic/node@${version}`,
  name: "node",
  version,
  purl: `pkg:generic/node@${version}`,
  licenses: [{ license: { id: "MIT" } }],
});

function libraryOf(
  { name, version, licence }: InstalledPackage,
  hash: string | undefined,
): Component {
  const [scope, plain] =
    name.startsWith("@") && name.includes("/") ? name.split("/", 2) : [undefined, name];
  const licenses = licencesOf(licence);
  const purl = packageUrl(scope, plain ?? name, version);
  return {
    type: "library",
    "bom-ref": purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: plain ?? name,
    version,
    purl,
    ...(licenses.length === 0 ? {} : { licenses }),
    ...(hash === undefined ? {} : { hashes: [{ alg: "SHA-512", content: hash }] }),
  };
}

/** https://github.com/package-url/purl-spec: the scope's @ is encoded, and so is a version's +. */
function packageUrl(scope: string | undefined, name: string, version: string): string {
  const namespace = scope === undefined ? "" : `${encodeURIComponent(scope)}/`;
  return `pkg:npm/${namespace}${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
}
