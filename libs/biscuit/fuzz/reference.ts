import { ALGORITHMS } from "../src/crypto/backend.ts";
import type { KeyPair } from "../src/crypto/key-pair.ts";
import type { PublicKey } from "../src/crypto/public-key.ts";
import { loadOracle, type Oracle, type OracleToken } from "../src/oracle.fixture.ts";
import { sourceOf, type ProgramCase } from "./generate/programs.ts";
import { THIRD_PARTIES } from "./keys.ts";

/** The reference implementation ran into a bug of its own: its memory cannot be trusted from then on. */
export class ReferencePanic extends Error {
  override readonly name = "ReferencePanic";
}

/** What a call gives: a value, or the reference's description of an error. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: unknown };

/**
 * The reference implementation as the suites use it. What it holds in its own memory is freed by garbage collection alone,
 * so it is loaded anew when it has panicked and now and then in long runs.
 */
export class Reference {
  #oracle: Oracle;

  private constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  static async load(): Promise<Reference> {
    return new Reference(await loadOracle());
  }

  async reload(): Promise<void> {
    this.#oracle = await loadOracle();
  }

  /** Runs a call. A panic is thrown on; any other thrown value is the reference's error. */
  attempt<Value>(run: (oracle: Oracle) => Value): Outcome<Value> {
    try {
      return { value: run(this.#oracle) };
    } catch (error) {
      if (error instanceof Error) throw new ReferencePanic(error.message, { cause: error });
      return { error };
    }
  }

  publicKey({ algorithm, bytes }: PublicKey): unknown {
    return this.#oracle.PublicKey.fromString(
      Buffer.from(bytes).toString("hex"),
      ALGORITHMS.indexOf(algorithm),
    );
  }

  privateKey({ algorithm, secret }: KeyPair): unknown {
    return this.#oracle.PrivateKey.fromBytes(secret, ALGORITHMS.indexOf(algorithm));
  }

  parse(bytes: Uint8Array, root: PublicKey): Outcome<OracleToken> {
    return this.attempt((oracle) => oracle.Biscuit.fromBytes(bytes, this.publicKey(root)));
  }

  /** A token of the reference's making. */
  build(blocks: ProgramCase["blocks"], root: KeyPair, rootKeyId?: number): Outcome<OracleToken> {
    return this.attempt((oracle) => {
      const [authority, ...later] = blocks;
      const builder = oracle.Biscuit.builder();
      builder.addCode(sourceOf(authority?.statements ?? []));
      if (rootKeyId !== undefined) builder.setRootKeyId(rootKeyId);
      let token = builder.build(this.privateKey(root));
      for (const block of later) token = this.#append(oracle, token, block);
      return token;
    });
  }

  authorize(token: OracleToken | undefined, source: string): Outcome<number> {
    return this.attempt((oracle) => {
      const builder = new oracle.AuthorizerBuilder();
      builder.addCode(source);
      return (
        token === undefined ? builder.buildUnauthenticated() : builder.buildAuthenticated(token)
      ).authorize();
    });
  }

  #append(oracle: Oracle, token: OracleToken, block: ProgramCase["blocks"][0]): OracleToken {
    const builder = oracle.Biscuit.block_builder();
    builder.addCode(sourceOf(block.statements));
    const signer = block.thirdParty === undefined ? undefined : THIRD_PARTIES[block.thirdParty];
    if (signer === undefined) return token.appendBlock(builder);
    const answer = token.getThirdPartyRequest().createBlock(this.privateKey(signer), builder);
    return token.appendThirdPartyBlock(this.publicKey(signer.publicKey), answer);
  }
}
