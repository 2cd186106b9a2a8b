import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Context } from "../command-line/context.ts";
import { Failure, systemCode } from "../command-line/failure.ts";
import { readInput } from "../api/read-input.ts";

/** A file's text, or all of standard input for `-`. Throws Failure `notFound` for what is not there. */
export async function readText(file: string, context: Context): Promise<string> {
  if (file === "-") return readInput(context.stdin);
  return readFileText(resolve(context.workingDirectory, file), file);
}

/** A file's text. Throws Failure `notFound` for what is not there; `name` is what to call it. */
export function readFileText(path: string, name: string = path): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    const isMissing = code === "ENOENT";
    throw new Failure(isMissing ? "notFound" : "failed", `${name} cannot be read (${code})`, {
      cause,
    });
  }
}

/** One standard input cannot be two things. Throws Failure `usage`. */
export function onlyOneFromStdin(uses: Readonly<Record<string, boolean>>): void {
  const names = Object.keys(uses).filter((name) => uses[name] === true);
  if (names.length > 1)
    throw new Failure("usage", `${names.join(" and ")} cannot both come from standard input`, {
      fix: "give one of them as a file",
    });
}
