import { join } from "node:path";
import type { Domain } from "@bastide/contracts";
import { DnsServer } from "../../../tools/testing/dns-server.ts";
import { Pebble } from "../../../tools/testing/pebble.ts";
import {
  atMost,
  failed,
  fetchAt,
  fetchHttp1,
  gatewayPorts,
  INSTALLATION,
  Load,
  Platform,
  type Row,
  until,
} from "../../src/index.ts";

const HERE = "127.0.0.1";
const APP = "shop";
/** One has its certificate when the authority goes, the other asks for one while it is away. */
const [SERVED, ASKING] = ["served.example.com", "asking.example.com"];
const PER_SECOND = 20;
const AWAY = "an authority that is away";

/** A whole platform, whose authority dies and comes back with its memory lost. */
export async function authorityRows(say: (line: string) => void): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const dns = stack.use(await DnsServer.start());
  for (const domain of [SERVED, ASKING]) dns.zone[domain] = { A: [HERE] };
  const ports = await gatewayPorts();
  const pebble = stack.use(
    await Pebble.start({ httpPort: ports.port, tlsPort: ports.httpsPort, dns: dns.address }),
  );
  const platform = await Platform.start({
    ports,
    environment: {
      BASTIDE_ACME_DIRECTORY: pebble.directory,
      BASTIDE_ACME_CA_FILE: pebble.caFile,
      BASTIDE_ACME_CAA: "pebble.test",
      BASTIDE_DNS_SERVERS: dns.address,
      BASTIDE_PUBLIC_ADDRESSES: HERE,
    },
  });
  stack.defer(() => platform.destroy());
  return await new Away(platform, pebble, say).rows();
}

class Away {
  readonly #platform: Platform;
  readonly #pebble: Pebble;
  readonly #say: (line: string) => void;

  constructor(platform: Platform, pebble: Pebble, say: (line: string) => void) {
    this.#platform = platform;
    this.#pebble = pebble;
    this.#say = say;
  }

  async rows(): Promise<Row[]> {
    await this.#must("deploy", join(INSTALLATION, "examples/node-http"), "--app", APP);
    await this.#must("domain", "add", SERVED, "--app", APP);
    await this.#issued(SERVED);
    const root = await this.#pebble.root();
    const loads = this.#loads(root);
    await this.#pebble.die();
    await this.#must("domain", "add", ASKING, "--app", APP);
    const { reason = "", nextAttemptAt } = await until("it says why it has none", async () => {
      const certificate = await this.#certificate(ASKING);
      return certificate.state === "failed" && certificate;
    });
    this.#say(`  ${reason}; again at ${nextAttemptAt}`);
    const plain = await fetchAt(HERE, `http://${ASKING}:${this.#platform.port}/`);
    const isSaid = /reach|connect|refuse/i.test(reason) && nextAttemptAt !== undefined;
    const health = await this.#platform.status();
    await this.#pebble.run();
    await this.#must("domain", "check", ASKING, "--app", APP);
    await this.#issued(ASKING);
    const samples = (await Promise.all(loads.map((load) => load.stop()))).flat();
    const bad = samples.filter(failed);
    for (const { error, status } of bad.slice(0, 3)) this.#say(`  ${error ?? status}`);
    return [
      atMost(`${AWAY}: failed requests of ${samples.length}`, "", bad.length, 0),
      unless(`${AWAY}: domains that wait for it and do not answer by HTTP`, plain.status === 200),
      unless(`${AWAY}: domains that do not say why, or when it is asked again`, isSaid),
      unless(`${AWAY}: parts of the platform that suffer`, health.healthy),
      unless(`${AWAY}, and back: domains without a certificate`, await this.#shows(ASKING)),
    ];
  }

  async #must(...words: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.#platform.cli(words);
    if (code !== 0) throw new Error(`bastide ${words.join(" ")}: ${stdout}${stderr}`);
  }

  /** Of the app at its own host and at the domain that has its certificate. */
  #loads(ca: string): readonly Load[] {
    const { port, httpsPort = 0 } = this.#platform;
    const own = { port, host: `${APP}.localhost:${port}`, requestsPerSecond: PER_SECOND };
    const secure = { port: httpsPort, host: SERVED, requestsPerSecond: PER_SECOND };
    return [
      new Load(own).start(),
      new Load({ ...secure, secure: { ca, version: "1.1" } }).start(),
      new Load({ ...secure, secure: { ca, version: "2" } }).start(),
    ];
  }

  async #certificate(domain: string): Promise<Domain["certificate"]> {
    const { domains } = await this.#platform.json<{ domains: Domain[] }>([
      "domain",
      "list",
      "--app",
      APP,
    ]);
    const found = domains.find((one) => one.domain === domain);
    if (!found) throw new Error(`${domain} is not listed`);
    return found.certificate;
  }

  #issued(domain: string): Promise<unknown> {
    return until(`${domain} has a certificate`, async () => {
      const { state } = await this.#certificate(domain);
      return state === "issued";
    });
  }

  async #shows(domain: string): Promise<boolean> {
    const ca = await this.#pebble.root();
    const { httpsPort: port = 0 } = this.#platform;
    return (await fetchHttp1({ address: HERE, port, host: domain, ca })).status === 200;
  }
}

/** A row that counts what must not be. */
const unless = (what: string, isSo: boolean): Row => atMost(what, "", isSo ? 0 : 1, 0);
