import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { INSTALLATION } from "../src/index.ts";
import { platform } from "./here.ts";

const AUTHORITIES = "/usr/local/share/ca-certificates";

/** Words of the command line, and curl without being told whom to trust; each says how it ended. */
const SCRIPT = `
  set -u
  unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
  mount -t tmpfs tmpfs ${AUTHORITIES}
  mount -t tmpfs tmpfs /etc/ssl/certs
  ask() { curl -sS -o /dev/null -w "%{http_code} " "$URL" 2>/dev/null; echo "curl $?"; }
  change() { "$BASTIDE" trust --only system "$@" >/dev/null; echo "trust $?"; ls ${AUTHORITIES} | wc -l; }
  update-ca-certificates >/dev/null; ask
  change; ask
  change --remove; ask
  grep -c BEGIN /etc/ssl/certs/ca-certificates.crt
  find /etc/ssl/certs -xtype l | wc -l`;

/** Of curl, where a certificate is not trusted (curl(1)). */
const UNTRUSTED = "000 curl 60";

it("bastide trust puts the authority into the system's store and takes it out again (as root: in a mount namespace with stores of its own)", async () => {
  const before = await readdir(AUTHORITIES);
  const { stdout } = await promisify(execFile)("unshare", ["--mount", "sh", "-c", SCRIPT], {
    env: {
      ...process.env,
      BASTIDE: join(INSTALLATION, "bastide"),
      BASTIDE_HOME: platform().home,
      URL: `https://bastide.localhost:${platform().httpsPort}/`,
    },
  });
  const [empty, added, one, trusted, removed, none, untrusted, others, dangling] = stdout
    .trim()
    .split("\n");
  expect([empty, added, one, trusted]).toEqual([UNTRUSTED, "trust 0", "1", "200 curl 0"]);
  expect([removed, none, untrusted]).toEqual(["trust 0", "0", UNTRUSTED]);
  // Those of the distribution are still there, and no link to a file that is gone.
  expect(Number(others)).toBeGreaterThan(50);
  expect(dangling).toBe("0");
  expect(await readdir(AUTHORITIES)).toEqual(before);
});
