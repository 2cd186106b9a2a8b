import { Biscuit, BiscuitError, block, definePolicy, type Externs, PublicKey } from "./index.ts";
import { canonicalSignature } from "./crypto/ecdsa-der.ts";
import { referenceForm, referenceFormOfError } from "./policy/reference-form.ts";
import type { Sample, SampleValidation } from "./samples.fixture.ts";
import { fromHex, toHex } from "./values/hex.ts";

/** What runs anywhere: no file system, no test runner. */
export interface PortableSamples {
  readonly root_public_key: string;
  readonly testcases: readonly Sample[];
  bytesOf(sample: Sample): Uint8Array | Promise<Uint8Array>;
}

/** The external function that sample 35 needs. */
const EXTERNS: Externs = {
  test: (operand, argument) => {
    if (argument === undefined) return operand === true;
    return operand === argument ? "equal strings" : "different strings";
  },
};

/** The samples quote Rust's messages where signatures are wrong; only which error it is counts. */
function expectedResult({ result }: SampleValidation): string {
  const text = JSON.stringify(result);
  return /(BlockSignatureDeserializationError|"InvalidSignature")/.exec(text)?.[1] ?? text;
}

async function resultOf(bytes: Uint8Array, root: PublicKey, source: string): Promise<string> {
  try {
    const token = await Biscuit.parseAsync(bytes, root);
    const context = { externs: EXTERNS, limits: { maxSteps: 1_000_000 } };
    return JSON.stringify(referenceForm(definePolicy(source).authorize(token, context)));
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    return JSON.stringify(referenceFormOfError(error));
  }
}

/** The same bytes, the revocation ids, and that what is added to it, sealed or not, verifies. */
async function checkToken(
  bytes: Uint8Array,
  root: PublicKey,
  ids: readonly string[],
): Promise<string | undefined> {
  const token = await Biscuit.parseAsync(bytes, root);
  if (toHex(token.toBytes()) !== toHex(bytes)) return "is not serialised to the same bytes";
  const canonical = ids.map((id) => toHex(canonicalSignature(fromHex(id) ?? bytes)));
  if (token.revocationIds.join() !== canonical.join()) return "has other revocation ids";
  if (token.isSealed) return undefined;
  const longer = await token.attenuateAsync(block`check if true;`);
  for (const each of [longer, await longer.sealAsync()]) {
    const read = await Biscuit.parseAsync(each.toString(), root);
    if (read.revocationIds.length !== ids.length + 1) return "cannot be attenuated";
  }
  return undefined;
}

/** Runs every validation asynchronously, so that any backend can. Says what failed; nothing when nothing did. */
export async function failuresOf(samples: PortableSamples): Promise<string[]> {
  const root = PublicKey.fromString(`ed25519/${samples.root_public_key}`);
  const failures: string[] = [];
  for (const sample of samples.testcases) {
    const bytes = await samples.bytesOf(sample);
    for (const [name, validation] of Object.entries(sample.validations)) {
      const where = `${sample.filename} ${name}`;
      const result = await resultOf(bytes, root, validation.authorizer_code);
      const wanted = expectedResult(validation);
      if (!result.includes(wanted)) failures.push(`${where}: ${result} instead of ${wanted}`);
      const isReadable = validation.revocation_ids.length > 0;
      const problem = isReadable && (await checkToken(bytes, root, validation.revocation_ids));
      if (typeof problem === "string") failures.push(`${where}: ${problem}`);
    }
  }
  return failures;
}
