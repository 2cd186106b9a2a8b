/**
 * CPU time of the first calls that a process makes, while nothing is compiled yet: prints the mean of one in microseconds.
 * A process of its own for each side, started by `first-calls-row.ts`.
 */
import {
  Biscuit,
  biscuitFromSource,
  blockFromSource,
  definePolicy,
  KeyPair,
} from "@bastide/biscuit";
import { loadWasm, wasmBuilder, wasmDecide, wasmToken } from "./oracle.ts";
import { FIRST_CALLS, POLICY, TOKEN_BLOCKS } from "./workloads.ts";

function ours(): () => unknown {
  const root = KeyPair.generate();
  const [authority = "", ...others] = TOKEN_BLOCKS;
  const token = others.reduce(
    (parent, source) => parent.attenuate(blockFromSource(source)),
    biscuitFromSource(authority).sign(root),
  );
  const parsed = Biscuit.parse(token.toString(), root.publicKey);
  return () => definePolicy(POLICY).authorize(parsed);
}

async function theirs(): Promise<() => unknown> {
  const wasm = await loadWasm();
  const root = wasm.PrivateKey.fromString(KeyPair.generate().toPrivateString());
  const token = wasmToken(wasm, root, TOKEN_BLOCKS);
  return () => wasmDecide(wasmBuilder(wasm, POLICY), token);
}

const run = process.argv[2] === "theirs" ? await theirs() : ours();
const before = process.threadCpuUsage();
for (let i = 0; i < FIRST_CALLS; i++) run();
const { user, system } = process.threadCpuUsage(before);
process.stdout.write(String((user + system) / FIRST_CALLS));
