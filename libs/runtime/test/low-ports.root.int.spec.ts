import { afterAll, expect, it } from "vitest";
import { ProcessDriver } from "../src/index.ts";
import { textOf, Workspace } from "../src/testing/index.ts";
import { removeControlGroup } from "./control-group-cleanup.ts";

const NEVER = new AbortController().signal;

const driver = new ProcessDriver({ controlGroup: `bastide-low-ports-${process.pid}` });
const workspace = new Workspace();

afterAll(async () => {
  workspace.remove();
  await removeControlGroup(`bastide-low-ports-${process.pid}`);
});

/** Tries to listen on a port below 1024 that nobody uses, and says which capabilities are left. */
const TRY =
  "use Socket; socket(S, PF_INET, SOCK_STREAM, 0); print bind(S, sockaddr_in(998, INADDR_LOOPBACK)) ? 'bound ' : 'refused '; open F, '/proc/self/status'; print map { /^CapEff:\\s*(\\w+)/ ? $1 : () } <F>";

it("lets a run listen below port 1024 only where it was asked for, and keeps nothing else (needs root)", async () => {
  const command = ["/usr/bin/perl", "-e", TRY];
  const plain = workspace.spec(command, { uid: 200_123 });
  await driver.runOnce(plain, NEVER);
  expect(textOf(plain.stdout)).toBe("refused 0000000000000000");
  const allowed = workspace.spec(command, { uid: 200_123, lowPorts: true });
  await driver.runOnce(allowed, NEVER);
  // CAP_NET_BIND_SERVICE is the tenth bit (capabilities(7)).
  expect(textOf(allowed.stdout)).toBe("bound 0000000000000400");
});
