import { join } from "node:path";
import { build } from "vite";
import { loadSamples } from "../src/samples.fixture.ts";
import type { SamplesJson } from "./portable.fixture.ts";

/** The portable suite as one module, with the sources that a platform's conditions choose. */
export async function bundleFor(platform: "browser" | "node"): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    root: join(import.meta.dirname, ".."),
    resolve: { conditions: ["source", platform] },
    ssr: { resolve: { conditions: ["source", platform] }, noExternal: true },
    build: {
      write: false,
      minify: false,
      ssr: platform === "node",
      target: "es2022",
      lib: { entry: join(import.meta.dirname, "portable.fixture.ts"), formats: ["es"] },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) =>
    "output" in each ? each.output : [],
  );
  const [chunk, ...more] = outputs.filter((output) => output.type === "chunk");
  if (chunk === undefined || more.length > 0) throw new Error("the suite is not one module");
  return chunk.code;
}

/** The official samples, to be sent; `undefined` when BISCUIT_SAMPLES names none. */
export function samplesJson(): SamplesJson | undefined {
  const samples = loadSamples();
  if (samples === undefined) return undefined;
  const { root_public_key, testcases, bytesOf } = samples;
  const files = testcases.map((sample) => [
    sample.filename,
    Buffer.from(bytesOf(sample)).toString("hex"),
  ]);
  return { root_public_key, testcases, files: Object.fromEntries(files) };
}
