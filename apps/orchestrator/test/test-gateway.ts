import { ConfigSubscriber, LastKnownGood } from "@bastide/config-stream";
import { type ApiClient, Certificate, endpoints, Route, StreamMessage } from "@bastide/contracts";
import { mkdtemp, rm } from "node:fs/promises";

/**
 * A double of a gateway, written from libs/contracts: it speaks the real protocol over real sockets and answers no request.
 * The real one is tested end to end.
 */
export class TestGateway implements AsyncDisposable {
  readonly name: string;
  /** What it routes by now. */
  table: ReadonlyMap<string, Route> = new Map();
  /** What it shows at handshakes by now, by key. */
  certificates: ReadonlyMap<string, Certificate> = new Map();
  /** What else it was told, by key: root keys, revocations. */
  others: ReadonlyMap<string, unknown> = new Map();
  /** Instances that it says are busy. */
  busy: string[] = [];
  /** While set, tables are not taken. */
  held: Promise<void> | undefined;
  /** A table came that is not taken yet. */
  isHolding = false;
  readonly #client: () => ApiClient;
  readonly #directory: string;
  #subscriber: ConfigSubscriber<unknown> | undefined;

  private constructor(client: () => ApiClient, directory: string, name: string) {
    this.name = name;
    this.#client = client;
    this.#directory = directory;
  }

  static async start(client: () => ApiClient, name = "n1"): Promise<TestGateway> {
    const directory = await mkdtemp("/tmp/bastide-test-gateway-");
    const gateway = new TestGateway(client, directory, name);
    await gateway.#subscribe();
    return gateway;
  }

  async #subscribe(): Promise<void> {
    const parameters = { gateway: this.name };
    this.#subscriber = new ConfigSubscriber({
      open: (since, signal) =>
        this.#client().lines(endpoints.gateways.table, StreamMessage, {
          parameters,
          query: { ...since },
          signal,
        }),
      acknowledge: async (version, unmentioned, signal) => {
        const report = { busy: this.busy };
        await this.#client().call(endpoints.gateways.acknowledge, {
          parameters,
          body: { version, report, unmentioned: [...unmentioned] },
          signal,
        });
      },
      parse: (key, value) => (key.startsWith("route/") ? Route.parse(value) : value),
      apply: async (state) => {
        this.isHolding = this.held !== undefined;
        await this.held;
        this.isHolding = false;
        const [routes, others] = [new Map<string, Route>(), new Map<string, unknown>()];
        for (const [key, value] of state)
          if (key.startsWith("route/")) routes.set(key, Route.parse(value));
          else others.set(key, value);
        this.table = routes;
        this.others = others;
        this.certificates = new Map(
          Array.from(others).flatMap(([key, one]) =>
            key.startsWith("certificate/") ? [[key, Certificate.parse(one)]] : [],
          ),
        );
      },
      lastKnownGood: new LastKnownGood(this.#directory),
    });
    await this.#subscriber.start();
  }

  /** Its report changed. */
  reportAgain(): void {
    this.#subscriber?.acknowledgeAgain();
  }

  upstreams(host: string): Route["upstreams"] {
    return this.table.get(`route/${host}/`)?.upstreams ?? [];
  }

  uses(instance: string): boolean {
    return [...this.table.values()].some(({ upstreams }) =>
      upstreams.some((upstream) => upstream.instance === instance),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscriber?.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
