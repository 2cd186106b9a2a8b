import { existsSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Mount } from "@bastide/runtime";

const readOnly = (source: string, target: string): Mount => ({ source, target, writable: false });

/** The pinned Node of the installation, else the one that runs this agent. */
function nodeDirectory(installation: string): string {
  const pinned = join(installation, "node_modules", `node-${process.platform}-${process.arch}`);
  return existsSync(join(pinned, "bin", "node")) ? pinned : dirname(dirname(process.execPath));
}

const COMMANDS = { npm: "npm-cli.js", npx: "npx-cli.js" } as const;

/** What this installation shows inside sandboxes, below /opt/bastide. */
export class Installation {
  readonly #root: string;
  readonly #commands: string;

  /** `commands`: a directory of ours for the links that put npm on the PATH. */
  constructor(root: string, commands: string) {
    this.#root = root;
    this.#commands = commands;
  }

  async prepare(): Promise<void> {
    await rm(this.#commands, { recursive: true, force: true });
    await mkdir(this.#commands, { recursive: true, mode: 0o755 });
    for (const [name, script] of Object.entries(COMMANDS))
      await symlink(`/opt/bastide/npm/bin/${script}`, join(this.#commands, name));
  }

  /** Node and npm: for every instance and every build. */
  get tools(): readonly Mount[] {
    return [
      readOnly(nodeDirectory(this.#root), "/opt/bastide/node"),
      readOnly(join(this.#root, "node_modules", "npm"), "/opt/bastide/npm"),
      readOnly(this.#commands, "/opt/bastide/bin"),
    ];
  }

  /** A brick's code, bundled with what it imports; nothing else of the installation, and no data of it. */
  brick(name: string): readonly Mount[] {
    const path = `apps/${name}/bundle`;
    return [readOnly(join(this.#root, path), `/opt/bastide/platform/${path}`)];
  }
}
