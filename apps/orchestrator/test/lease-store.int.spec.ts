import { type ApiError, endpoints, type HaLeaseStoreStatus } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { EtcdCluster } from "../../../tools/testing/etcd.ts";
import { StandIn } from "../../../tools/testing/stand-in.ts";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { TTL_MS } from "../src/ha/ha-groups.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";
import { signal, until } from "./platform.ts";
import { TestNode } from "./test-node.ts";

interface Shown {
  readonly healthy: boolean;
  readonly message: string;
  readonly store: HaLeaseStoreStatus | undefined;
}

async function shown(orchestrator: TestOrchestrator): Promise<Shown> {
  const admin = orchestrator.client(orchestrator.tokens.admin);
  const { components } = await admin.call(endpoints.platform.status, { signal });
  const { leaseStore } = await admin.call(endpoints.ha.list, { signal });
  const component = components.find(({ name }) => name === "lease store");
  if (!component) throw new Error("the lease store is no part of the platform");
  return { ...component, store: leaseStore };
}

const untilShown = (
  what: string,
  orchestrator: TestOrchestrator,
  is: (seen: Shown) => boolean,
): Promise<Shown> =>
  until(what, async () => {
    const seen = await shown(orchestrator);
    return is(seen) && seen;
  }) as Promise<Shown>;

const linesWith = ({ log }: TestOrchestrator, text: string): string[] =>
  log.filter((line) => line.includes(`"${text}"`));

describe("an etcd that leases are kept in", () => {
  it("is shown with the fact and the fix while a stranger or nobody answers in its place, is refused to guards so, and is well when it is back", async () => {
    await using stack = new AsyncDisposableStack();
    const etcd = stack.use(await EtcdCluster.start({ size: 1 }));
    const standIn = stack.use(await StandIn.of(etcd.endpoints[0] ?? ""));
    const orchestrator = stack.use(
      await startOrchestrator(CONTROL_MODULES, {
        etcd: {
          endpoints: [standIn.endpoint],
          caFile: undefined,
          certificateFile: undefined,
          keyFile: undefined,
        },
      }),
    );
    const node = orchestrator.client(orchestrator.tokens.node("n1"));
    stack.use(await TestNode.start(() => node));
    const drill = { parameters: { service: "drill" }, signal };
    await orchestrator.client(orchestrator.tokens.admin).call(endpoints.ha.start, drill);
    const isWell = (seen: Shown): boolean => seen.healthy && seen.message === "etcd answers";
    await untilShown("it is well", orchestrator, isWell);

    standIn.wear("stranger");
    const strange = await untilShown("a stranger", orchestrator, ({ healthy }) => !healthy);
    expect(strange.message).toMatch(/127\.0\.0\.1:\d+: it answered .*no JSON.*\. To do: /s);
    expect(strange.store).toEqual({ kind: "etcd", isUsable: false, message: strange.message });
    const request = { name: "drill", holder: "n1", ttlMs: TTL_MS, aboveEpoch: 0 };
    for (let i = 0; i < 5; i++) {
      const refusal = await node
        .call(endpoints.nodes.haAsk, {
          parameters: { node: "n1" },
          body: { kind: "acquire", request },
          signal,
        })
        .then(
          (answer) => answer,
          ({ problem }: ApiError) => problem,
        );
      expect(refusal).toMatchObject({
        code: "unavailable",
        detail: expect.stringMatching(/no JSON.*To do: /s),
      });
    }
    // It was asked often, and the log says so once.
    const before = standIn.asked;
    await until("it is asked again", () => standIn.asked > before);
    expect(linesWith(orchestrator, "the lease store cannot be used")).toHaveLength(1);

    standIn.wear("silent");
    const silent = await untilShown("nobody", orchestrator, ({ message }) =>
      message.includes("in time"),
    );
    expect(silent).toMatchObject({ healthy: false, message: expect.stringContaining("To do: ") });

    standIn.wear("server");
    const back = await untilShown("it is back", orchestrator, isWell);
    expect(back.store).toEqual({ kind: "etcd", isUsable: true });
    expect(linesWith(orchestrator, "the lease store cannot be used")).toHaveLength(1);
    expect(linesWith(orchestrator, "the lease store can be used again")).toHaveLength(1);
  });
});

describe("a PostgreSQL that leases are kept in", () => {
  it("is shown with the fact and the fix while it is gone, and is well when it is back", async () => {
    await using orchestrator = await startOrchestrator(CONTROL_MODULES);
    const isWell = (seen: Shown): boolean => seen.healthy && seen.message === "PostgreSQL answers";
    await untilShown("it is well", orchestrator, isWell);
    await orchestrator.postgres.crash();
    const gone = await untilShown("it is gone", orchestrator, ({ healthy }) => !healthy);
    expect(gone.message).toMatch(
      /^PostgreSQL gave the lease store no answer that counts: .*To do: /s,
    );
    expect(gone.store).toEqual({ kind: "PostgreSQL", isUsable: false, message: gone.message });
    await orchestrator.postgres.start();
    await untilShown("it is back", orchestrator, isWell);
  });
});
