import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { INSTALLATION, median, type Row } from "@bastide/e2e";
import { versus } from "./measure.ts";
import { FIRST_CALLS } from "./workloads.ts";

/** Processes of each side; they take turns, so that what slows the machine slows both. */
const RUNS = 5;
const SCRIPT = join(INSTALLATION, "benchmarks/src/biscuit/first-calls.ts");

function meanUs(side: "ours" | "theirs"): number {
  const { NODE_OPTIONS: _options, NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  const options = { encoding: "utf8", env } as const;
  return Number(execFileSync(process.execPath, ["--conditions=source", SCRIPT, side], options));
}

/** What a process that has just started pays for a decision from text, beside a peer that arrives compiled. */
export function firstCallsRow(peerName: string): Row {
  const rounds = Array.from({ length: RUNS }, () => {
    const [oursUs, peerUs] = [meanUs("ours"), meanUs("theirs")];
    return { oursUs, peerUs, ratio: oursUs / peerUs };
  });
  return versus({
    what: `as before, first ${FIRST_CALLS} calls of a process`,
    peerName,
    oursUs: median(rounds.map((round) => round.oursUs)),
    peerUs: median(rounds.map((round) => round.peerUs)),
    ratio: median(rounds.map((round) => round.ratio)),
  });
}
