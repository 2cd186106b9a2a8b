import { type ApiClient, endpoints } from "@bastide/contracts";
import { DnsServer } from "../../../tools/testing/dns-server.ts";
import { freePort } from "../../../tools/testing/free-port.ts";
import { Pebble } from "../../../tools/testing/pebble.ts";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

/** Where domains should lead: the gateway's address as the world would see it. */
export const HERE = "127.0.0.1";
/** Where the platform's own routes lead to; nobody asks for them here. */
const NOWHERE = { host: HERE, port: 7_400 };
const CALL_MS = 20_000;

/** An orchestrator and a gateway of its own, beside a DNS and a public certificate authority that are the test's. */
export class DomainsBench implements AsyncDisposable {
  readonly dns: DnsServer;
  readonly pebble: Pebble;
  readonly orchestrator: TestOrchestrator;
  readonly gateway: GatewayProcess;
  readonly admin: ApiClient;

  private constructor(parts: Pick<DomainsBench, "dns" | "pebble" | "orchestrator" | "gateway">) {
    this.dns = parts.dns;
    this.pebble = parts.pebble;
    this.orchestrator = parts.orchestrator;
    this.gateway = parts.gateway;
    this.admin = parts.orchestrator.client(parts.orchestrator.tokens.admin);
  }

  /** With these apps in the main project, and nothing in the DNS. */
  static async start(...apps: readonly string[]): Promise<DomainsBench> {
    const dns = await DnsServer.start();
    const ports = { http: await freePort(), https: await freePort() };
    const pebble = await Pebble.start({
      httpPort: ports.http,
      tlsPort: ports.https,
      dns: dns.address,
    });
    const orchestrator = await startOrchestrator(CONTROL_MODULES, {
      listen: NOWHERE,
      publicAddresses: [HERE],
      dnsServers: [dns.address],
      acme: {
        directory: pebble.directory,
        caaIdentities: ["pebble.test"],
        contact: "operator@example.org",
        isAgreed: true,
        caFile: pebble.caFile,
      },
    });
    const token = orchestrator.tokens.gateway("n1");
    const gateway = await GatewayProcess.start(ports, orchestrator.url, token);
    const bench = new DomainsBench({ dns, pebble, orchestrator, gateway });
    for (const app of apps)
      await bench.admin.call(endpoints.apps.put, {
        parameters: { organisation: "main", project: "main", app },
        signal: AbortSignal.timeout(CALL_MS),
      });
    return bench;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.orchestrator[Symbol.asyncDispose]();
    await this.pebble[Symbol.asyncDispose]();
    await this.dns[Symbol.asyncDispose]();
  }
}
