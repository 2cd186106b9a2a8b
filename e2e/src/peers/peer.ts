import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const PLACES = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

const find = (program: string): string | undefined =>
  PLACES.map((place) => `${place}/${program}`).find((file) => existsSync(file));

/** A peer to measure beside ours: the installed program, else Debian's package of it, installed as root. */
export async function peer(program: string, debianPackage: string): Promise<string> {
  const installed = find(program);
  if (installed !== undefined) return installed;
  process.stderr.write(`installing ${debianPackage} from Debian, to measure it beside ours …\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["install", "-y", "--no-install-recommends", debianPackage], {
    env: environment,
  }).catch((cause: unknown) => {
    throw new Error(`${program} is needed as a peer: install Debian's ${debianPackage}`, { cause });
  });
  const fresh = find(program);
  if (fresh !== undefined) return fresh;
  throw new Error(
    `${debianPackage} was installed, but ${program} is in none of ${PLACES.join(", ")}`,
  );
}
