import { existsSync, lstatSync, readlinkSync } from "node:fs";

/** One piece of the host's system that every run sees, read-only. */
export type BasePart =
  | { readonly kind: "bind"; readonly path: string }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string };

const TOP_LEVEL = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** From /etc only what programs need to link, resolve names, tell the time and trust certificates. */
const ETC = [
  "/etc/alternatives",
  "/etc/ca-certificates",
  "/etc/ca-certificates.conf",
  "/etc/fonts",
  "/etc/gai.conf",
  "/etc/host.conf",
  "/etc/hosts",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/localtime",
  "/etc/mime.types",
  "/etc/nsswitch.conf",
  "/etc/os-release",
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
  "/etc/protocols",
  "/etc/resolv.conf",
  "/etc/services",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
  "/etc/timezone",
];

/** A merged /usr has symbolic links at the top, an older layout has directories: the run sees what the host has. */
function topLevelPart(path: string): BasePart[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (stat.isSymbolicLink()) return [{ kind: "symlink", path, target: readlinkSync(path) }];
  return [{ kind: "bind", path }];
}

/** The read-only base of every run on this host. */
export function baseSystem(): BasePart[] {
  return [
    { kind: "bind", path: "/usr" },
    ...TOP_LEVEL.flatMap(topLevelPart),
    ...ETC.filter((path) => existsSync(path)).map((path): BasePart => ({ kind: "bind", path })),
  ];
}
