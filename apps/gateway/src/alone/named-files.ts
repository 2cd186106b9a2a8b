import { PublicKey } from "@bastide/biscuit";
import {
  type Certificate,
  CertificateHost,
  certificateKey,
  RevocationId,
  revocationKey,
  rootKeyKey,
} from "@bastide/contracts";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Entry } from "../control/entry.ts";
import { checkCertificate, InvalidCertificate } from "../tls/check-certificate.ts";
import type { Found } from "./contradictions.ts";
import type { FileCertificate, GatewayFile } from "./gateway-file.ts";

type Entries = ReadonlyMap<string, Entry>;

/** What some of the files that `gateway.yaml` names say, or what is wrong with them. */
export interface ReadFiles {
  readonly entries: Entries;
  readonly found: readonly Found[];
}

/** They change each by themselves: a certificate that is wrong must not keep a revocation from being heard of. */
export interface NamedFiles {
  readonly certificates: ReadFiles;
  readonly trust: ReadFiles;
}

type Named = Pick<GatewayFile, "certificates" | "tokens">;

/** Of one certificate, as in the contract. */
const MOST_NAMES = 100;
const MAX_BYTES = 16 * 1024 * 1024;

/** Paths of all files that are named, to be looked at for changes. `name`: of `gateway.yaml`. */
export function pathsIn({ certificates, tokens }: Named, name: string): string[] {
  const named = [
    ...certificates.flatMap(({ chain, key }) => [chain, key]),
    ...(tokens?.rootKeys ?? []).flatMap(({ file }) => file ?? []),
    tokens?.revocations ?? [],
  ].flat();
  return [...new Set(named.map((path) => resolve(dirname(name), path)))];
}

/** Reads them all. Never throws: what cannot be read or used is found, with the path in `gateway.yaml` that names it. */
export function readNamedFiles({ certificates, tokens }: Named, name: string): NamedFiles {
  const at = (path: string): string => readText(resolve(dirname(name), path));
  return {
    certificates: collect(
      certificates.map((one, i) => ({
        path: ["certificates", i],
        read: () => [certificateOf(one, i, at)],
      })),
    ),
    trust: collect([
      ...(tokens?.rootKeys ?? []).map(({ id, publicKey, file }, i) => ({
        path: ["tokens", "rootKeys", i],
        read: () => [rootKeyOf(id, publicKey ?? at(file ?? "").trim())],
      })),
      ...(tokens?.revocations === undefined
        ? []
        : [
            {
              path: ["tokens", "revocations"],
              read: () => revocationsIn(at(tokens.revocations ?? "")),
            },
          ]),
    ]),
  };
}

interface Reading {
  readonly path: readonly PropertyKey[];
  readonly read: () => (readonly [key: string, entry: Entry])[];
}

function collect(readings: readonly Reading[]): ReadFiles {
  const entries = new Map<string, Entry>();
  const found: Found[] = [];
  for (const { path, read } of readings)
    try {
      for (const [key, entry] of read()) {
        if (entries.has(key) && !key.startsWith("revocation/")) throw new Error("is there twice");
        entries.set(key, entry);
      }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      found.push({ path, message: `${shown(path)}: ${reason}` });
    }
  return { entries, found };
}

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${path} has over ${MAX_BYTES} bytes`);
  return readFileSync(path, "utf8");
}

function certificateOf(
  { chain: chainFile, key: keyFile, hosts, default: isDefault }: FileCertificate,
  i: number,
  at: (path: string) => string,
): readonly [string, Entry] {
  const [chain, key] = [at(chainFile), at(keyFile)];
  if (key.includes("ENCRYPTED"))
    throw new InvalidCertificate(`${keyFile} is encrypted; give the key decrypted`);
  const leaf = leafOf(chain, chainFile);
  const certificate: Certificate = {
    name: `file:${i}`,
    hosts: hosts ?? namesOf(leaf, chainFile),
    chain,
    key,
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
    source: "uploaded",
    ...(isDefault ? { isDefault } : {}),
  };
  checkCertificate({ ...certificate, name: chainFile });
  return [certificateKey(certificate), certificate];
}

function leafOf(chain: string, file: string): X509Certificate {
  try {
    return new X509Certificate(chain);
  } catch {
    throw new InvalidCertificate(`${file} has no certificate in PEM`);
  }
}

function namesOf({ subjectAltName = "" }: X509Certificate, file: string): string[] {
  const names = subjectAltName
    .split(", ")
    .flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4).toLowerCase()] : []))
    .filter((name) => CertificateHost.safeParse(name).success);
  if (names.length === 0)
    throw new InvalidCertificate(`the certificate in ${file} names no host; give hosts`);
  if (names.length > MOST_NAMES)
    throw new InvalidCertificate(
      `the certificate in ${file} names ${names.length} hosts, and ${MOST_NAMES} at most are taken; give those that are served as hosts`,
    );
  return names;
}

function rootKeyOf(id: number, text: string): readonly [string, Entry] {
  try {
    const rootKey = { id, publicKey: PublicKey.fromString(text).toString() };
    return [rootKeyKey(rootKey), rootKey];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`is no public key as ed25519/<hexadecimal>: ${why}`, { cause });
  }
}

function revocationsIn(text: string): (readonly [string, Entry])[] {
  return text.split("\n").flatMap((line, i) => {
    const id = line.replace(/#.*/, "").trim();
    if (id === "") return [];
    const { success, error } = RevocationId.safeParse(id);
    if (!success) throw new TypeError(`line ${i + 1}: ${error.issues[0]?.message ?? ""}`);
    return [[revocationKey({ id }), { id }] as const];
  });
}

const shown = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .slice(1);
