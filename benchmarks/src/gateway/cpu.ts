import { readdir, readFile } from "node:fs/promises";
import { treeOf } from "@bastide/e2e";

/** Nanoseconds of CPU that a process and all that it started have taken so far: the first number of each thread's schedstat. */
export async function cpuNsOf(pid: number): Promise<number> {
  const tree = await treeOf(pid);
  const values = await Promise.all(tree.map(async (one) => threadsOf(one.pid)));
  return values.reduce((sum, value) => sum + value, 0);
}

async function threadsOf(pid: number): Promise<number> {
  let sum = 0;
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0");
    sum += Number(text.split(" ")[0]);
  }
  return sum;
}
