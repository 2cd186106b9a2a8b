import { availableParallelism } from "node:os";
import { join } from "node:path";
import { DependencyCache } from "@bastide/builder";
import {
  type ConfigSubscriber,
  LastKnownGood,
  loadSealingKey,
  sealingWith,
} from "@bastide/config-stream";
import type { RuntimeDriver } from "@bastide/runtime";
import { AgentApi } from "./api/agent-api.ts";
import { ControlPlaneGuard } from "./api/control-plane-guard.ts";
import { ArtefactCache } from "./artefacts/artefact-cache.ts";
import { Installation } from "./bricks/installation.ts";
import { buildLimits } from "./builds/build-limits.ts";
import { BuildQueue } from "./builds/build-queue.ts";
import { Builds } from "./builds/builds.ts";
import type { Config } from "./config.ts";
import { ControlPlane } from "./control-plane/control-plane.ts";
import { NodeDoor, type NodeDoorOptions } from "./door/node-door.ts";
import { OwnDoorKeeper } from "./door/own-door.ts";
import { followDesiredState } from "./desired/desired-state.ts";
import { RemovedLog } from "./desired/removed-log.ts";
import { Durability } from "./disk/durability.ts";
import { NodeFactsReader } from "./facts/node-facts.ts";
import { GuardKeeper } from "./ha/guard-keeper.ts";
import { nextIncarnation } from "./incarnation/incarnation.ts";
import { type Self, selfOf } from "./identity/self.ts";
import type { InstanceContext } from "./instances/instance-context.ts";
import { Instances } from "./instances/instances.ts";
import type { Journal } from "./journal/journal.ts";
import { currentBootId } from "./lock/directory-lock.ts";
import { InstanceLogs } from "./logs/instance-logs.ts";
import { isPortFree } from "./numbers/free-port.ts";
import { NumberLedger } from "./numbers/number-ledger.ts";
import { Prober } from "./promises/prober.ts";
import { Heart } from "./reports/heart.ts";
import { Reporter } from "./reports/reporter.ts";

/** What an agent is made of. */
export interface Parts {
  readonly instances: Instances;
  readonly url: string;
  readonly subscriber: ConfigSubscriber<unknown>;
  readonly reporter: Reporter;
  readonly heart: Heart;
  readonly api: AgentApi;
  /** Of a node that joined from another machine. */
  readonly door: NodeDoor | undefined;
  /** Of the node on the control plane's own machine, once other machines are there. */
  readonly ownDoor: OwnDoorKeeper;
  readonly self: Self;
  readonly builds: Builds;
  readonly logs: InstanceLogs;
  readonly guardKeeper: GuardKeeper;
}

/** What its parts stand on. */
export interface Ground {
  readonly config: Config;
  readonly driver: RuntimeDriver;
  readonly journal: Journal;
  readonly hasMounts: boolean;
}

/** Composes the parts and starts them in their order: adopt, listen, last known good, connect, report. */
export async function startParts(ground: Ground): Promise<Parts> {
  const { config, journal } = ground;
  const at = (name: string): string => join(config.directory, name);
  const self = await selfOf(config, journal);
  const controlPlane = new ControlPlane(self);
  const logs = new InstanceLogs(at("instances"), journal);
  const removed = new RemovedLog(at("removed.log"));
  await removed.load();
  let reporter: Reporter | undefined;
  const context = await contextOf(ground, controlPlane, logs, (id) => reporter?.changed(id));
  const instances = new Instances(context, removed);
  await instances.adopt();
  const builds = await buildsOf(ground, controlPlane, context);
  const guard = new ControlPlaneGuard(config.rootKeysFile, config.node, journal);
  const build: Builds["build"] = (request, gone) => builds.build(request, gone);
  const api = new AgentApi({ guard, instances, logs, build, journal });
  const doorParts = { api, addressOf: addressIn(instances), journal };
  const door = self.identity && new NodeDoor({ ...doorParts, identity: self.identity });
  const ownDoor = new OwnDoorKeeper(doorParts);
  const url = await (door && config.joined ? door.listen(config.joined.listen) : api.listen());
  const incarnation = await incarnationOf(ground);
  reporter = reporterOf(ground, controlPlane, instances, { agentUrl: url, incarnation });
  const heart = new Heart({
    incarnation,
    send: (heartbeat, signal) => controlPlane.heartbeat(heartbeat, signal),
    journal,
  });
  const guardKeeper = new GuardKeeper(config.directory, journal);
  const subscriber = followDesiredState({
    guard: guardKeeper,
    door: ownDoor,
    controlPlane,
    instances,
    removed,
    journal,
    lastKnownGood: new LastKnownGood(
      at("stream"),
      sealingWith(await loadSealingKey(at("node.key"))),
    ),
    onConnected: () => reporter?.complete(),
  });
  await subscriber.start();
  guardKeeper.start();
  reporter.start();
  heart.start();
  self.identity?.start();
  logs.start(() => instances.all.map(({ id }) => id));
  const followed = { subscriber, reporter, heart, guardKeeper };
  return { ...followed, instances, url, api, door, ownDoor, self, builds, logs };
}

const addressIn =
  (instances: Instances): NodeDoorOptions["addressOf"] =>
  (id) =>
    instances.get(id)?.observed.address;

async function contextOf(
  { config, driver, journal, hasMounts }: Ground,
  controlPlane: ControlPlane,
  logs: InstanceLogs,
  onChange: (id: string) => void,
): Promise<InstanceContext> {
  const at = (name: string): string => join(config.directory, name);
  const onCorrupt = (file: string, reason: string): void =>
    journal.error("a record of numbers in use was broken and is set aside", { file, reason });
  const ports = new NumberLedger({
    what: "port",
    file: at("ports.json"),
    range: config.ports,
    isFree: isPortFree,
    onCorrupt,
  });
  const uids = new NumberLedger({
    what: "user id",
    file: at("uids.json"),
    range: config.uids,
    onCorrupt,
  });
  const installation = new Installation(config.installation, at("commands"));
  const bootId = currentBootId();
  const artefacts = new ArtefactCache({
    directory: at("artefacts"),
    source: { open: (digest, signal) => controlPlane.download(digest, signal) },
    bootId,
    durability: new Durability(config.directory),
  });
  await Promise.all([ports.load(), uids.load(), installation.prepare(), artefacts.load()]);
  return {
    directory: at("instances"),
    driver,
    hasMounts,
    ports,
    uids: process.getuid?.() === 0 ? uids : undefined,
    artefacts,
    installation,
    prober: new Prober(driver),
    orchestratorUrl: config.orchestratorUrl,
    lastLines: (id) => logs.lastLines(id),
    journal,
    bootId,
    onChange,
    onGone: onChange,
  };
}

async function buildsOf(
  { config, driver, journal }: Ground,
  controlPlane: ControlPlane,
  { artefacts, installation, uids }: InstanceContext,
): Promise<Builds> {
  const builds = new Builds({
    directory: join(config.directory, "builds"),
    driver,
    cache: await DependencyCache.open(join(config.directory, "dependencies")),
    artefacts,
    controlPlane,
    installation,
    uids,
    queue: new BuildQueue(Math.max(1, Math.floor(availableParallelism() / 2))),
    limits: buildLimits(),
    journal,
  });
  await builds.clear();
  return builds;
}

const incarnationOf = ({ config, journal }: Ground): Promise<number> =>
  nextIncarnation(join(config.directory, "incarnation.json"), Date.now(), (file, reason) =>
    journal.error("the record of starts was broken and is set aside", { file, reason }),
  );

function reporterOf(
  { config, driver, journal }: Ground,
  controlPlane: ControlPlane,
  instances: Instances,
  self: { readonly agentUrl: string; readonly incarnation: number },
): Reporter {
  const facts = new NodeFactsReader(driver, config.directory, config.installation);
  return new Reporter({
    observe: (id) => instances.get(id)?.observed,
    ids: () => instances.all.map(({ id }) => id),
    refresh: () => instances.measure(),
    facts: () => facts.read(),
    ...self,
    send: (report, signal) => controlPlane.report(report, signal),
    journal,
  });
}
