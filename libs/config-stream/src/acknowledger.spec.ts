import { expect, it, vi } from "vitest";
import { Acknowledger } from "./acknowledger.ts";

const version = (sequence: number) => ({
  history: "01990000-0000-7000-8000-000000000001",
  epoch: 1,
  sequence,
});

it("does not lose what a snapshot left unmentioned when a newer version overtakes its acknowledgement", async () => {
  const stopped = new AbortController();
  const sent: { sequence: number; unmentioned: readonly string[] }[] = [];
  let isReachable = false;
  const send = async ({ sequence }: { sequence: number }, unmentioned: readonly string[]) => {
    if (!isReachable) throw new Error("the control plane is gone");
    sent.push({ sequence, unmentioned });
  };
  const acknowledger = new Acknowledger(send, stopped.signal);
  acknowledger.acknowledge(version(1), ["route/old/"]);
  acknowledger.acknowledge(version(2), []);
  isReachable = true;
  await vi.waitFor(() => expect(sent).toEqual([{ sequence: 2, unmentioned: ["route/old/"] }]));
  acknowledger.acknowledge(version(3), []);
  await vi.waitFor(() => expect(sent.at(-1)).toEqual({ sequence: 3, unmentioned: [] }));
  stopped.abort();
});
