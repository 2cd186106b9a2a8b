import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One token's blocks as `samples.json` tells them. */
export interface SampleBlock {
  readonly symbols: readonly string[];
  readonly public_keys: readonly string[];
  readonly external_key: string | null;
  readonly code: string;
  readonly version: number;
}

export interface SampleWorld {
  readonly facts: readonly { origin: readonly (number | null)[]; facts: readonly string[] }[];
  readonly rules: readonly { origin: number; rules: readonly string[] }[];
  readonly checks: readonly { origin: number; checks: readonly string[] }[];
  readonly policies: readonly string[];
}

export interface SampleValidation {
  readonly world: SampleWorld | null;
  readonly result: { readonly Ok?: number; readonly Err?: unknown };
  readonly authorizer_code: string;
  readonly revocation_ids: readonly string[];
}

export interface Sample {
  readonly title: string;
  readonly filename: string;
  readonly token: readonly SampleBlock[];
  readonly validations: Readonly<Record<string, SampleValidation>>;
}

export interface Samples {
  readonly root_private_key: string;
  readonly root_public_key: string;
  readonly testcases: readonly Sample[];
  bytesOf(sample: Sample): Uint8Array;
}

/** The official samples in the folder that BISCUIT_SAMPLES names; `undefined` when it names none. */
export function loadSamples(): Samples | undefined {
  const folder = process.env["BISCUIT_SAMPLES"];
  if (folder === undefined) return undefined;
  const text = readFileSync(join(folder, "samples.json"), "utf8");
  const bytesOf = ({ filename }: Sample): Uint8Array =>
    new Uint8Array(readFileSync(join(folder, filename)));
  return { ...(JSON.parse(text) as Samples), bytesOf };
}
