import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { Peers } from "../src/guard/peers.ts";
import { TestAuthority } from "./certificates.fixture.ts";

let peers: Peers;
afterEach(() => peers.close());

it("turns away whoever comes when it has as many connections as it may have", async () => {
  const authority = await TestAuthority.make();
  const credentials = await authority.issue({ kind: "node", name: "n1" });
  const refused: string[] = [];
  peers = new Peers({
    node: "n1",
    credentials: () => credentials,
    isMember: () => true,
    addressOf: () => undefined,
    onMessage: () => {},
    onRefused: (reason) => void refused.push(reason),
    mostConnections: 3,
  });
  const port = await peers.listen("127.0.0.1", 0);
  const strangers = Array.from({ length: 3 }, () => connect({ port, host: "127.0.0.1" }));
  await Promise.all(strangers.map((stranger) => once(stranger, "connect")));
  const tooMany = connect({ port, host: "127.0.0.1" });
  tooMany.on("error", () => {});
  await once(tooMany, "close");
  expect(refused).toEqual(["there are too many connections"]);
  for (const stranger of strangers) stranger.destroy();
});
