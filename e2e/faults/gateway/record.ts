import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { INSTALLATION, type SavedRow } from "../../src/index.ts";
import { type FaultsPart, pageOf } from "./page.ts";

const results = (name: string): string => join(INSTALLATION, `benchmarks/results/${name}.json`);

/** Where whole runs keep their rows. */
export const FAULTS_FILE = results("gateway-faults");
export const SOAK_FILE = results("gateway-soak");
export const PAGE_FILE: string = join(INSTALLATION, "docs/gateway-faults.md");

/** The page by what is kept, whichever run was the last. */
export async function currentPage(): Promise<string> {
  const parts: FaultsPart[] = [
    { title: "Attacks and faults", rows: await rowsIn(FAULTS_FILE) },
    { title: "Soak", rows: await rowsIn(SOAK_FILE) },
  ];
  return pageOf(parts);
}

export async function writePage(): Promise<void> {
  await writeFile(PAGE_FILE, await currentPage());
}

async function rowsIn(file: string): Promise<readonly SavedRow[]> {
  return JSON.parse(await readFile(file, "utf8").catch(() => "[]"));
}
