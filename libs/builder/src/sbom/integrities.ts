import { z } from "zod";
import type { SourceTree } from "../detect/source-tree.ts";

const Lock = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.string().optional().catch(undefined) })),
});

/** SHA-512 (hexadecimal) of packages as published, by the place they are installed at, from npm's lock file. */
export function integrities(tree: SourceTree): ReadonlyMap<string, string> {
  const text = tree.read("package-lock.json") ?? tree.read("npm-shrinkwrap.json");
  const parsed = Lock.safeParse(text === undefined ? undefined : parseJson(text));
  if (!parsed.success) return new Map();
  return new Map(
    Object.entries(parsed.data.packages).flatMap(([path, { integrity }]) => {
      const hash = sha512Of(integrity);
      return hash === undefined ? [] : [[path, hash] as const];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Subresource integrity: `sha512-` and base64, several separated by spaces. */
function sha512Of(integrity: string | undefined): string | undefined {
  const base64 = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)/.exec(integrity ?? "")?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
}
