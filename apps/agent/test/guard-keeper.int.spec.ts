import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { GuardKeeper } from "../src/ha/guard-keeper.ts";
import { Journal } from "../src/journal/journal.ts";
import { livingOwner } from "../src/lock/directory-lock.ts";
import { drillAt, groupAround, INSTALLATION, until } from "./guard.fixture.ts";

let home: string;
let said: { readonly message: string; readonly pid?: number }[];
let keeper: GuardKeeper;

beforeEach(async () => {
  home = await mkdtemp("/tmp/bastide-keeper-");
  said = [];
  keeper = new GuardKeeper(home, new Journal((line) => void said.push(JSON.parse(line))));
  // What a guard is started with is what the agent was started with.
  Object.assign(process.env, {
    BASTIDE_ORCHESTRATOR_URL: "http://127.0.0.1:1",
    BASTIDE_NODE: "n1",
    BASTIDE_TOKEN_FILE: join(home, "token"),
    BASTIDE_ROOT_KEYS_FILE: join(home, "root-keys"),
    BASTIDE_AGENT_DIR: home,
    BASTIDE_INSTALLATION: INSTALLATION,
  });
});
afterEach(async () => {
  await keeper.stop();
  await rm(home, { recursive: true });
});

const GROUP = groupAround(["n1"], { ...drillAt(1), program: "apps/agent/dist/drill/main.js" });
const started = (): number[] =>
  said.flatMap(({ message, pid }) => (message === "the guard starts" && pid ? [pid] : []));
const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it("stops a guard that was started a moment ago and is not ready yet", async () => {
  await keeper.apply(GROUP);
  const [pid = 0] = started();
  await keeper.stop();
  expect(isThere(pid)).toBe(false);
  expect(livingOwner(join(home, "guard"))).toBeUndefined();
});

it("starts no second guard while the first is not ready", async () => {
  await keeper.apply(GROUP);
  const [pid = 0] = started();
  process.kill(pid, "SIGSTOP");
  keeper.start();
  const before = performance.now();
  await until("it would have looked again", () => performance.now() - before > 3_000);
  expect(started()).toEqual([pid]);
  process.kill(pid, "SIGCONT");
  await until("it is ready", async () =>
    (await readFile(join(home, "guard/guard.log"), "utf8")).includes("the guard is ready"),
  );
  expect(livingOwner(join(home, "guard"))).toBe(pid);
});
