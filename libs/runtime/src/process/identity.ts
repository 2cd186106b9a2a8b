import { userInfo } from "node:os";

/** Whatever can't be in a field of passwd(5). */
const UNSAFE = /[:\n]/;

function gidOf(uid: number | undefined): number {
  return uid ?? userInfo().gid;
}

/**
 * The run's /etc/passwd and /etc/group: itself, root and nobody, so that programs that look up their own name work and
 * learn no other.
 */
export function identityFiles(
  uid: number | undefined,
  home: string,
): { readonly passwd: string; readonly group: string } {
  const own = uid ?? userInfo().uid;
  const gid = gidOf(uid);
  const directory = UNSAFE.test(home) ? "/" : home;
  return {
    passwd: [
      "root:x:0:0:root:/:/usr/sbin/nologin",
      `app:x:${own}:${gid}:app:${directory}:/bin/sh`,
      "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin",
      "",
    ].join("\n"),
    group: ["root:x:0:", `app:x:${gid}:`, "nogroup:x:65534:", ""].join("\n"),
  };
}
