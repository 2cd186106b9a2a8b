import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { GatewayPorts } from "../src/home/gateway-ports.ts";

const SOURCE = join(import.meta.dirname, "../src/home/gateway-ports.ts");

interface Machine {
  /** From here on any user may listen. */
  readonly unprivilegedFrom: number;
  readonly taken?: number;
}

/** What is chosen for a domain that others reach, on a machine whose ports are its own: a network namespace. */
function chosenOn({ unprivilegedFrom, taken }: Machine, asRoot: boolean): GatewayPorts {
  const wanted = { baseDomain: "apps.example.org", asRoot };
  const script = `
    import { execFileSync } from "node:child_process";
    import { once } from "node:events";
    import { writeFileSync } from "node:fs";
    import { createServer } from "node:net";
    import { chooseGatewayPorts } from ${JSON.stringify(SOURCE)};
    execFileSync("ip", ["link", "set", "lo", "up"]);
    writeFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "${unprivilegedFrom}");
    const other = createServer();
    if (${taken !== undefined}) await once(other.listen(${taken}, "0.0.0.0"), "listening");
    console.log(JSON.stringify(await chooseGatewayPorts(${JSON.stringify(wanted)})));
    other.close();`;
  const node = [process.execPath, "--conditions=source", "--input-type=module", "-e", script];
  return JSON.parse(execFileSync("unshare", ["--net", ...node], { encoding: "utf8" }));
}

it.each([
  ["root", 1024, true],
  ["an ordinary user where the kernel lets anybody", 80, false],
] as const)("%s gets 80 and 443, and nothing is said of it", (_, unprivilegedFrom, asRoot) => {
  expect(chosenOn({ unprivilegedFrom }, asRoot)).toEqual({ gateway: 80, https: 443 });
});

it("an ordinary user gets 8080 and 8443, and hears why and what would change that", () => {
  for (const unprivilegedFrom of [81, 1024])
    expect(chosenOn({ unprivilegedFrom }, false)).toEqual({
      gateway: 8080,
      https: 8443,
      remark: expect.stringMatching(
        /^ports 80 and 443 are for root only .*ip_unprivileged_port_start=80.*; using 8080 and 8443$/,
      ),
    });
});

it.each([80, 443])("where port %d has another owner neither is taken, and it is said", (taken) => {
  expect(chosenOn({ unprivilegedFrom: 1024, taken }, true)).toEqual({
    gateway: 8080,
    https: 8443,
    remark: `port ${taken} is taken by another program; using 8080 and 8443`,
  });
});

it("where 8443 has another owner the next port is HTTPS's, and it is said", () => {
  expect(chosenOn({ unprivilegedFrom: 1024, taken: 8443 }, false)).toMatchObject({
    https: 8444,
    remark: expect.stringMatching(/using 8080 and 8444$/),
  });
});
