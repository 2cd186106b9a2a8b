import {
  ALGORITHMS,
  AsyncTokenVerifier,
  biscuit,
  Biscuit,
  block,
  KeyPair,
  PublicKey,
} from "../src/index.ts";
import { failuresOf } from "../src/portable-samples.fixture.ts";
import type { Sample } from "../src/samples.fixture.ts";

/** The samples as JSON can carry them: files in hexadecimal, by name. */
export interface SamplesJson {
  readonly root_public_key: string;
  readonly testcases: readonly Sample[];
  readonly files: Readonly<Record<string, string>>;
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** A token through everything that signs and verifies, with keys of one algorithm. */
async function roundTrip(algorithm: (typeof ALGORITHMS)[number]): Promise<string[]> {
  const [root, next, third] = [1, 2, 3].map(() => KeyPair.generate(algorithm));
  if (root === undefined || next === undefined || third === undefined) return ["no keys"];
  const token = await biscuit`user("a");`.signAsync(root, { nextKeyPair: next });
  const request = token.thirdPartyRequest();
  const answer = await request.createBlockAsync(third, block`seen(true);`);
  const longer = await (
    await token.appendThirdPartyAsync(answer)
  ).attenuateAsync(block`check if true;`, { nextKeyPair: KeyPair.generate(algorithm) });
  const sealed = await longer.sealAsync();
  const verifier = new AsyncTokenVerifier({ keys: root.publicKey });
  const read = await verifier.verify(sealed.toString());
  const again = await verifier.verify(sealed.toString());
  const forged = await Biscuit.safeParseAsync(sealed.toString(), third.publicKey);
  const copies = [KeyPair.fromPem(root.toPem()), KeyPair.fromJwk(root.toJwk())];
  const keys = [PublicKey.fromPem(root.publicKey.toPem()), ...copies.map((copy) => copy.publicKey)];
  const checks: Readonly<Record<string, boolean>> = {
    "all blocks arrive": read.revocationIds.length === 3,
    "a verified token is remembered": read === again,
    "another root key is refused": !forged.ok && forged.error.code === "invalid-signature",
    "keys go through PEM and JWK": keys.every((key) => key.equals(root.publicKey)),
  };
  const failed = Object.entries(checks).filter(([, holds]) => !holds);
  return failed.map(([rule]) => `${algorithm}: ${rule}: no`);
}

/** What failed on this platform; nothing when nothing did. */
export async function run(samples: SamplesJson | undefined): Promise<string[]> {
  const failures: string[] = [];
  for (const algorithm of ALGORITHMS) failures.push(...(await roundTrip(algorithm)));
  if (samples === undefined) return failures;
  const read = (sample: Sample): Uint8Array => bytesOf(samples.files[sample.filename] ?? "");
  return [...failures, ...(await failuresOf({ ...samples, bytesOf: read }))];
}
