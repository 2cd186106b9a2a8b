import { readFile, statfs } from "node:fs/promises";
import { arch, cpus, hostname, release, totalmem } from "node:os";
import { join } from "node:path";
import type { NodeFacts } from "@bastide/contracts";
import type { RuntimeDriver } from "@bastide/runtime";
import { z } from "zod";
import { memoryEncryption } from "./memory-encryption.ts";

const Package = z.object({ version: z.string() });

/** The platform's version, as its installation says. */
async function versionOf(installation: string): Promise<string> {
  const text = await readFile(join(installation, "package.json"), "utf8");
  return Package.parse(JSON.parse(text)).version;
}

/** What this node says of itself: found out once, but for what changes. */
export class NodeFactsReader {
  readonly #driver: RuntimeDriver;
  readonly #directory: string;
  readonly #installation: string;
  #fixed: Promise<Omit<NodeFacts, "diskFreeBytes">> | undefined;

  /** `directory`: where instances lie, whose disk counts. */
  constructor(driver: RuntimeDriver, directory: string, installation: string) {
    this.#driver = driver;
    this.#directory = directory;
    this.#installation = installation;
  }

  async read(): Promise<NodeFacts> {
    this.#fixed ??= this.#find();
    const { bavail, bsize } = await statfs(this.#directory);
    return { ...(await this.#fixed), diskFreeBytes: bavail * bsize };
  }

  async #find(): Promise<Omit<NodeFacts, "diskFreeBytes">> {
    const isolation = await this.#driver.fingerprint();
    return {
      hostname: hostname(),
      kernel: release(),
      arch: arch(),
      cpus: cpus().length,
      memoryBytes: totalmem(),
      nodeVersion: process.versions.node,
      platformVersion: await versionOf(this.#installation),
      drivers: [this.#driver.kind],
      memoryEncryption: await memoryEncryption(),
      isolation: {
        ...isolation,
        namespaces: [...isolation.namespaces],
        missing: [...isolation.missing],
      },
    };
  }
}
