import type { AsyncSigner, Signer } from "../crypto/signer.ts";
import type { BlockContent } from "../datalog/ast.ts";
import { parseBlock } from "../syntax/parse-program.ts";
import { printBlock } from "../syntax/print-statement.ts";
import { Source } from "../syntax/source.ts";
import type { SourceOptions } from "../syntax/source-parameters.ts";
import { Biscuit } from "./biscuit.ts";
import type { TemplateValue } from "./block.ts";
import { checkRootKeyId } from "./root-key-id.ts";
import { type AppendOptions, signAuthority, signAuthorityAsync } from "./extend.ts";

/** A token that is not signed yet: its authority block. Immutable; every method gives a new one. */
export class UnsignedBiscuit {
  readonly content: BlockContent;
  readonly #rootKeyId: number | undefined;

  constructor(content: BlockContent, rootKeyId?: number) {
    this.content = content;
    this.#rootKeyId = rootKeyId;
  }

  /** Names the root key, so that verifiers with several find it: an integer of 32 bits. */
  rootKeyId(id: number): UnsignedBiscuit {
    checkRootKeyId(id);
    return new UnsignedBiscuit(this.content, id);
  }

  /** With a text for people that the authority block carries. */
  context(text: string): UnsignedBiscuit {
    return new UnsignedBiscuit({ ...this.content, context: text }, this.#rootKeyId);
  }

  /** Signs with the root key. The result counts as verified. Throws `signer-failed`, maybe `async-required`. */
  sign(root: Signer, options: AppendOptions = {}): Biscuit {
    return Biscuit.ofVerified(signAuthority(this.content, root, this.#rootKeyId, options));
  }

  /** As `sign`, on every platform, with a key that may be in a security module. Throws `signer-failed`. */
  async signAsync(root: Signer | AsyncSigner, options: AppendOptions = {}): Promise<Biscuit> {
    return Biscuit.ofVerified(
      await signAuthorityAsync(this.content, root, this.#rootKeyId, options),
    );
  }

  /** As source, one statement a line. */
  toString(): string {
    return printBlock(this.content);
  }
}

/**
 * A token from Datalog: biscuit`user(${id}); check if time($t), $t < ${expiry};`. Values are terms, never text, so they
 * cannot change what the source means. Throws `syntax`, `invalid-rule` or `invalid-value`, with the position.
 */
export function biscuit(
  parts: TemplateStringsArray,
  ...values: readonly TemplateValue[]
): UnsignedBiscuit {
  return new UnsignedBiscuit(parseBlock(Source.fromTemplate(parts, values)));
}

/** A token from source that was written by somebody. Throws as `biscuit` does. */
export function biscuitFromSource(source: string, options: SourceOptions = {}): UnsignedBiscuit {
  return new UnsignedBiscuit(parseBlock(Source.of(source, options.parameters)));
}
