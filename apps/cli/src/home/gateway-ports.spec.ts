import { createServer } from "node:net";
import { expect, it } from "vitest";
import { chooseGatewayPorts, firstUnprivilegedPort } from "./gateway-ports.ts";

const wanted = { port: undefined, httpsPort: undefined, baseDomain: undefined, asRoot: false };

it("takes what was said, and 443 beside 80", async () => {
  expect(await chooseGatewayPorts({ ...wanted, port: 8081, httpsPort: 9443 })).toEqual({
    gateway: 8081,
    https: 9443,
  });
  expect(await chooseGatewayPorts({ ...wanted, port: 80 })).toEqual({ gateway: 80, https: 443 });
});

it("takes 8080 for names of this machine only, whoever starts it, and says nothing of it", async () => {
  for (const baseDomain of [undefined, "localhost", "dev.localhost"])
    for (const asRoot of [true, false]) {
      const chosen = await chooseGatewayPorts({ ...wanted, baseDomain, asRoot });
      expect(chosen.gateway).toBe(8080);
      expect(chosen.remark).toBeUndefined();
    }
});

it("takes the next port for HTTPS when 8443 has another owner", async () => {
  const server = createServer().listen(8443, "127.0.0.1");
  // Whoever has it already is as good an owner.
  await new Promise((settle) => server.once("listening", settle).once("error", settle));
  const { https } = await chooseGatewayPorts(wanted);
  expect(https).toBeGreaterThan(8443);
  server.close();
});

it("says why a domain that others reach does not get 80 and 443 on this machine", async () => {
  const chosen = await chooseGatewayPorts({ ...wanted, baseDomain: "apps.example.org" });
  const isRefused = firstUnprivilegedPort() > 80;
  expect(chosen.gateway === 8080).toBe(isRefused || chosen.remark !== undefined);
  expect(chosen.remark?.includes("ip_unprivileged_port_start") ?? false).toBe(isRefused);
});
