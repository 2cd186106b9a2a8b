import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { INSTALLATION, Platform } from "../src/index.ts";

/** The platform that the global set-up started. */
export const platform = (): Platform =>
  Platform.at(inject("home"), inject("port"), inject("httpsPort"));

/** A copy of an example that a test may change; removed when it is disposed of. */
export async function copyOf(
  example: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), `bastide-${example}-`));
  await cp(join(INSTALLATION, "examples", example), path, { recursive: true });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
