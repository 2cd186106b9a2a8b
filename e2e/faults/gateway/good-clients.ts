import { failed, Load, type Sample } from "../../src/index.ts";
import { type FaultBench, HOST } from "./bench.ts";

const PER_SECOND = 40;

/** What good clients saw of a gateway. */
export interface Seen {
  readonly samples: readonly Sample[];
  readonly failures: readonly Sample[];
}

/** Clients that want nothing but to be answered, over HTTP/1.1, HTTPS and HTTP/2, while something happens. */
export async function besides<Result>(
  bench: FaultBench,
  happening: () => Promise<Result>,
): Promise<Seen & { readonly result: Result }> {
  const { port } = bench.gateway;
  const ca = bench.certificate.chain;
  const common = { host: HOST, requestsPerSecond: PER_SECOND };
  const loads = [
    new Load({ ...common, port }),
    new Load({ ...common, port: bench.securePort, secure: { ca, version: "1.1" } }),
    new Load({ ...common, port: bench.securePort, secure: { ca, version: "2" } }),
  ].map((load) => load.start());
  const stopped = async () => (await Promise.all(loads.map((load) => load.stop()))).flat();
  try {
    const result = await happening();
    const samples = await stopped();
    return { samples, failures: samples.filter(failed), result };
  } finally {
    await stopped();
  }
}

/** For those who look at the output. */
export function sayFailures({ failures }: Seen, say: (line: string) => void): void {
  for (const { error, status, latencyMs, keepAlive } of failures.slice(0, 3))
    say(`  ${error ?? status} after ${latencyMs.toFixed(0)} ms, ${keepAlive ? "kept" : "new"}`);
}

export function p99Of({ samples }: Pick<Seen, "samples">): number {
  const sorted = samples.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}
