import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { environmentOf } from "./alone/environment.ts";
import { FileRefused } from "./alone/file-problem.ts";
import { GATEWAY_SCHEMA } from "./alone/known-words.ts";
import { readNamedFiles } from "./alone/named-files.ts";
import {
  type ReadFile,
  readGatewayFile,
  refuseFound,
  tryReadStart,
} from "./alone/read-gateway-file.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;
/** Any id will do where nothing is served. */
const SOME_INSTANCE = "00000000-0000-7000-8000-000000000000";

const [, , verb, file = "gateway.yaml"] = process.argv;
const VERBS: Readonly<Record<string, () => Promise<void> | void>> = { check, schema, serve };

try {
  await (VERBS[verb ?? ""] ?? usage)();
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = BAD_CONFIG;
}

/** The gateway itself: from here on this process is its launcher. */
async function serve(): Promise<void> {
  const path = resolve(file);
  // The routes are read by whoever serves them; here only a file without a start is read for its problems.
  const start = tryReadStart(readFileSync(path, "utf8")) ?? read(path).file;
  const directory = mkdtempSync(join(tmpdir(), "bastide-gateway-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  Object.assign(process.env, environmentOf(path, start, directory));
  await import("./main.ts");
}

function check(): void {
  const isJson = process.argv.includes("--json");
  try {
    const { routes, file: said } = read(file);
    const { certificates, trust } = readNamedFiles(said, file);
    refuseFound(readFileSync(file, "utf8"), file, [...certificates.found, ...trust.found]);
    const words = `${file} is valid: ${routes.length} routes\n`;
    process.stdout.write(isJson ? `${JSON.stringify({ valid: true, problems: [] })}\n` : words);
  } catch (cause) {
    if (!isJson || !(cause instanceof FileRefused)) throw cause;
    process.stdout.write(`${JSON.stringify({ valid: false, problems: cause.problems })}\n`);
    process.exitCode = BAD_CONFIG;
  }
}

function schema(): void {
  process.stdout.write(`${JSON.stringify(GATEWAY_SCHEMA, undefined, 2)}\n`);
}

function usage(): void {
  throw new Error(`usage: alone.js ${Object.keys(VERBS).join("|")} [gateway.yaml]`);
}

function read(path: string): ReadFile {
  return readGatewayFile(readFileSync(path, "utf8"), path, () => SOME_INSTANCE);
}
