import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** h2spec and what it is made of, each version with its checksum: go.mod and go.sum beside this file. */
const PROGRAM = "github.com/summerwind/h2spec/cmd/h2spec";
export const H2SPEC_VERSION = "2.2.1";
const GO_PLACES = ["go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go"];

/** Builds h2spec into a directory and gives its path; undefined where there is no Go. Throws when it does not build. */
export async function buildH2spec(directory: string): Promise<string | undefined> {
  const go = await findGo();
  if (go === undefined) return undefined;
  const file = join(directory, "h2spec");
  // The machine's own Go and the versions written down, whatever else its settings say.
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local", GOWORK: "off" };
  await run(go, ["build", "-o", file, PROGRAM], { cwd: import.meta.dirname, env });
  return file;
}

async function findGo(): Promise<string | undefined> {
  for (const go of GO_PLACES) if (await run(go, ["version"]).then(() => true, isAbsent)) return go;
  return undefined;
}

function isAbsent(error: unknown): false {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
  throw error;
}
