import { writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import { type Noticed, PROMISED, type Sum } from "./verdict.ts";

const FILE = fileURLToPath(new URL("../../../benchmarks/results/sim-ha.json", import.meta.url));

/** Puts what a run showed, and on what machine, beside the other results. */
export async function writeRecord(
  sum: Sum,
  mutations: Readonly<Record<string, Noticed | undefined>>,
): Promise<void> {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "a processor"}, Linux ${release()}`;
  const record = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    promised: PROMISED,
    runs: { ...sum, cpuSeconds: Math.round(sum.cpuSeconds * 10) / 10 },
    // The seeds that each took until it was noticed.
    mutations: Object.fromEntries(
      Object.entries(mutations).map(([name, noticed]) => [name, noticed?.seeds ?? null]),
    ),
  };
  await writeFile(FILE, `${JSON.stringify(record, null, 2)}\n`);
}
