import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../src/index.ts";
import { controlDead } from "./control-dead.ts";
import { APPS, appsDrained, deployApps } from "./drained-apps.ts";
import type { Finding } from "./finding.ts";
import { type HaNode, signalAll } from "./ha-nodes.ts";
import { machineDies, shopOnHolder } from "./machine-dies.ts";
import { readEnvironment, type World } from "./world.ts";

/** How long is watched where nothing should happen: more than twice as long as a lease lasts. */
const WATCH_MS = 6_000;
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

export interface Case {
  readonly name: string;
  readonly what: string;
  /** Another node has to answer within this time; undefined where the same one has to go on. */
  readonly takenWithinMs: number | undefined;
  /** The longest silence of the drill where nobody takes it over. */
  readonly silentAtMostMs?: number;
  /** Two run at once here, to show that it would be seen. */
  readonly isBite?: boolean;
  /** A whole machine was frozen: its programs run until its guard wakes, and the witness alone is sure. */
  readonly isFrozenMachine?: boolean;
  /** What has to be there. */
  readonly needs?: () => string | undefined;
  /** It takes so long that it is done once, however often the others are. */
  readonly isOnce?: boolean;
  /** Makes what the fault needs, before any load; what takes that away again is in `afterwards`. */
  prepare?(world: World, afterwards: AsyncDisposableStack): Promise<void>;
  /**
   * Resolves when the fault has done what it does, with what was looked at besides. What puts all right again is in
   * `heals` before anything is waited for.
   */
  run(
    world: World,
    holder: HaNode,
    heals: AsyncDisposableStack,
  ): Promise<void | readonly Finding[]>;
}

const watched = (): Promise<void> => delay(WATCH_MS);

function freeze(pids: readonly number[], heals: AsyncDisposableStack): void {
  heals.defer(() => signalAll(pids, "SIGCONT"));
  signalAll(pids, "SIGSTOP");
}

/** Until the drill is answered elsewhere: a fault that is healed sooner shows nothing. */
async function untilTaken(world: World, holder: HaNode): Promise<void> {
  await world.taken(holder.name);
}

export const CASES: readonly Case[] = [
  {
    name: "host-killed",
    what: "all processes of the machine killed",
    takenWithinMs: 5_000,
    prepare: shopOnHolder,
    run: machineDies(async (holder) => holder.kill()),
  },
  {
    name: "cable-cut",
    what: "the machine's link cut, then all its processes killed",
    takenWithinMs: 5_000,
    prepare: shopOnHolder,
    run: machineDies(async (holder) => {
      await holder.setCable(false);
      await holder.kill();
    }),
  },
  {
    name: "cable-pulled",
    what: "the machine's link cut, and everything on it runs on",
    takenWithinMs: 5_000,
    async run(world, holder, heals) {
      heals.defer(() => holder.setCable(true));
      await holder.setCable(false);
      await untilTaken(world, holder);
    },
  },
  {
    name: "agent-killed",
    what: "the agent killed",
    takenWithinMs: undefined,
    async run(_, holder) {
      const before = holder.agentPid;
      signalAll([before], "SIGKILL");
      await until("another agent", () => ![0, before].includes(holder.agentPid));
      await watched();
    },
  },
  {
    name: "agent-frozen",
    what: "the agent frozen, and thawed",
    takenWithinMs: undefined,
    async run(_, holder, heals) {
      freeze([holder.agentPid], heals);
      await watched();
    },
  },
  {
    name: "guard-killed",
    what: "the guard killed",
    // It is started again, and whoever is first has the lease.
    takenWithinMs: 5_000,
    async run(world, holder) {
      const before = world.drill.last?.epoch ?? 0;
      signalAll([holder.guardPid], "SIGKILL");
      await until("a newer epoch", () => (world.drill.last?.epoch ?? 0) > before);
    },
  },
  {
    name: "guard-frozen",
    what: "the guard frozen while its program runs on, and thawed",
    takenWithinMs: 5_000,
    async run(world, holder, heals) {
      freeze([holder.guardPid], heals);
      await untilTaken(world, holder);
    },
  },
  {
    name: "machine-frozen",
    what: "everything on the machine frozen, and thawed",
    takenWithinMs: 5_000,
    isFrozenMachine: true,
    async run(world, holder, heals) {
      freeze(await holder.processes(), heals);
      await untilTaken(world, holder);
    },
  },
  {
    name: "cut-from-control",
    what: "cut off from the control plane only: candidates re-grant",
    takenWithinMs: undefined,
    async run(world, holder, heals) {
      heals.defer(() => holder.heal());
      await holder.dropOutgoing(world.controlPort);
      await watched();
    },
  },
  {
    name: "control-gone",
    what: "the control plane frozen: nobody is told anything, and no lease is granted",
    takenWithinMs: undefined,
    async run({ platform }, _, heals) {
      const recorded = readFileSync(join(platform.home, "run/orchestrator.pid"), "utf8");
      freeze([Number.parseInt(recorded, 10)], heals);
      await watched();
    },
  },
  {
    name: "control-dead",
    what: "the control plane killed for a long time, and an instance of an app crashed meanwhile",
    takenWithinMs: undefined,
    isOnce: true,
    run: controlDead,
  },
  {
    name: "drained",
    what: "the node drained by its operator",
    takenWithinMs: 5_000,
    async run(world, holder, heals) {
      heals.defer(async () => void (await world.platform.json(["node", "uncordon", holder.name])));
      await world.platform.json(["node", "drain", holder.name]);
      await untilTaken(world, holder);
    },
  },
  {
    name: "apps-drained",
    what: `a node that runs ${APPS.length} apps drained by its operator`,
    takenWithinMs: 5_000,
    prepare: deployApps,
    run: appsDrained,
  },
  {
    name: "one-way",
    what: "one way cut: it hears, and nobody hears it",
    takenWithinMs: 5_000,
    async run(world, holder, heals) {
      heals.defer(() => holder.heal());
      await holder.dropOutgoing();
      await untilTaken(world, holder);
    },
  },
  {
    name: "etcd-member",
    what: "a member of etcd killed: the one that leads",
    takenWithinMs: undefined,
    async run({ etcd }, _, heals) {
      const leads = await Promise.all(etcd.members.map((member) => member.isLeader()));
      const member = etcd.member(Math.max(0, leads.indexOf(true)));
      heals.defer(() => member.start());
      await member.kill();
      await watched();
    },
  },
  {
    name: "etcd-gone",
    what: "all of etcd killed: candidates re-grant",
    takenWithinMs: undefined,
    async run({ etcd }, _, heals) {
      heals.defer(() => etcd.startAll());
      await etcd.killAll();
      await watched();
    },
  },
  {
    name: "clock-jump",
    what: "the guard's wall clock an hour ahead, then two behind",
    takenWithinMs: undefined,
    needs: () =>
      existsSync(FAKETIME) ? undefined : `${FAKETIME} is not there: install Debian's libfaketime`,
    run: clockJump,
  },
  {
    name: "bite",
    what: "guard and warden both frozen: nobody is left to kill the program",
    takenWithinMs: 5_000,
    isBite: true,
    async run(world, holder, heals) {
      freeze([holder.guardPid, ...(await holder.wardens())], heals);
      // The old one goes on answering, so that the witness has to tell of the new one.
      const { writes } = world.witness;
      const before = writes.length;
      await until("another node writes", () =>
        writes.slice(before).some(({ admitted, node }) => admitted && node !== holder.name),
      );
      await until("the old one is refused", () =>
        writes.slice(before).some(({ admitted, node }) => !admitted && node === holder.name),
      );
    },
  },
];

/** A guard that sees another time than the machine shows, and sees it jump while it holds the lease. */
async function clockJump(world: World, holder: HaNode, heals: AsyncDisposableStack): Promise<void> {
  const offset = (text: string): void => {
    writeFileSync(join(holder.directory, "faketime"), `${text}\n`);
  };
  offset("+0");
  const before = world.drill.last?.epoch ?? 0;
  await guardUnderFaketime(holder, heals);
  await until("a newer epoch", () => (world.drill.last?.epoch ?? 0) > before);
  heals.defer(async () => void (await world.platform.json(["ha", "start", "drill"])));
  await world.platform.json(["ha", "switch", "drill", holder.name]);
  await until("the drill back", () => world.drill.last?.node === holder.name);
  world.startsNow();
  offset("+1h");
  await watched();
  offset("-1h");
  await watched();
}

/** While the agent sleeps nobody but us starts a guard. */
async function guardUnderFaketime(holder: HaNode, heals: AsyncDisposableStack): Promise<void> {
  const environment = await readEnvironment(holder.guardPid);
  const program = join(environment["BASTIDE_INSTALLATION"] ?? "", "apps/agent/dist/guard/main.js");
  const words = [`--net=/run/netns/${holder.namespace}`, "--", process.execPath, program];
  const agent = holder.agentPid;
  const log = openSync(join(holder.directory, "guard/guard.log"), "a");
  signalAll([agent], "SIGSTOP");
  try {
    signalAll([holder.guardPid], "SIGKILL");
    const guard = spawn("nsenter", words, {
      env: {
        ...environment,
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: join(holder.directory, "faketime"),
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
      stdio: ["ignore", log, log],
      detached: true,
    });
    guard.unref();
    heals.defer(async () => {
      signalAll([guard.pid ?? 0], "SIGKILL");
      await until("a guard that sees the time", () => ![0, guard.pid].includes(holder.guardPid));
    });
    await until("the other guard", () => holder.guardPid === guard.pid);
  } finally {
    closeSync(log);
    signalAll([agent], "SIGCONT");
  }
}
