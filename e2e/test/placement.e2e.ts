import { arch, cpus, release, totalmem } from "node:os";
import type { Instance } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Guide, Platform, until } from "../src/index.ts";

let platform: Platform;
/** The name of this machine's own node, which the guide calls `server`. */
let own: string;
/** What docs/placement.md tells to type. */
let guide: Guide;
beforeAll(async () => {
  platform = await Platform.start({ arguments: ["--nodes", "3"] });
  const listed = await platform.json<{ nodes: { name: string; joinedAt?: string }[] }>([
    "node",
    "ls",
  ]);
  own = listed.nodes.find(({ joinedAt }) => joinedAt === undefined)?.name ?? "";
  const replace = new Map([["server", own]]);
  guide = new Guide("docs/placement.md", { home: platform.home, replace });
});
afterAll(() => platform.destroy());

async function nodes(): Promise<string[]> {
  const { instances } = await platform.json<{ instances: Instance[] }>(["ps", "--app", "shop"]);
  return instances.map(({ node }) => node).toSorted();
}

it("a node is shown with what was said of it and what its machine says", async () => {
  await guide.type("nodes");
  const shown = await guide.type("facts");
  const rows = new Map(
    shown.split("\n").flatMap((line) => {
      const [, name = "", value = ""] = /^(\w[\w ]*?) {2,}(\S.*)$/.exec(line.trimEnd()) ?? [];
      return name === "said of it" ? [[value, name] as const] : [[name, value] as const];
    }),
  );
  for (const said of ["region fr-par", "country FR", "operator globex"])
    expect(rows.get(said)).toBe("said of it");
  expect(rows.get("operator law eu, us-cloud-act")).toBe("said of it");
  expect(rows.get("kernel")).toBe(`${release()} (${arch()})`);
  expect(rows.get("cpus")).toBe(String(cpus().length));
  const [memory = "", unit = ""] = rows.get("memory")?.split(" ") ?? [];
  const unitBytes = { MB: 1e6, GB: 1e9, TB: 1e12 }[unit] ?? Number.NaN;
  expect((Number(memory) * unitBytes) / totalmem()).toBeCloseTo(1, 1);
  expect(rows.get("drivers")).toBe("process");
  expect(rows.get("encrypted memory")).toMatch(/^(sev-snp|tdx|its kernel says of none)/);
  expect(rows.get("isolation")).toMatch(
    /namespaces .*; seccomp (yes|no); memory by [\w-]+, cpu by [\w-]+, processes by [\w-]+$/,
  );
});

it("an app goes everywhere, until it says that it may not", async () => {
  await guide.type("everywhere");
  expect(await nodes()).toEqual([own, `${own}-2`, `${own}-3`]);
  await guide.type("forbid");
  await until("it has left the third node", async () => {
    const now = await nodes();
    return now.length === 3 && !now.includes(`${own}-3`);
  });
  expect(await guide.type("look")).toMatch(
    /-3 .*refused: policy .*operator_law is eu and us-cloud-act/,
  );
  expect((await platform.fetch("shop")).status).toBe(200);
});

it("what no node can meet is refused with reasons, and what serves goes on", async () => {
  const before = await nodes();
  const [set = "", deploy = ""] = guide.lines("refused");
  await guide.run(set);
  const refused = await guide.attempt(deploy);
  expect(refused.code).not.toBe(0);
  expect(refused.said).toContain("no-node-fits");
  expect(refused.said).toContain("needs the label tier=platinum, has tier=gold");
  expect(await nodes()).toEqual(before);
  expect((await platform.fetch("shop")).status).toBe(200);
  await guide.type("repaired");
  await guide.type("quota");
  expect(await guide.type("propose")).toMatch(/no move|Nothing is moved/);
});
