import { basename, resolve } from "node:path";
import { Failure } from "../command-line/failure.ts";
import { manifestIn } from "./manifest.ts";

/** What a directory's app is called: as its manifest says, else as the directory, made into a host name. */
export async function appNameOf(directory: string): Promise<string> {
  return (await manifestIn(directory))?.app ?? nameFrom(basename(resolve(directory)));
}

/** `My_Shop.git` → `my-shop`. Throws Failure when nothing is left. */
export function nameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/\.git$/, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  if (name !== "") return name;
  throw new Failure("usage", `"${text}" cannot be made into an app's name`, {
    fix: "give one: --app <name>",
  });
}
