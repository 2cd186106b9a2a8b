import type { BlockContent } from "../datalog/ast.ts";
import { parseBlock } from "../syntax/parse-program.ts";
import { printBlock } from "../syntax/print-statement.ts";
import { Source } from "../syntax/source.ts";
import type { SourceOptions } from "../syntax/source-parameters.ts";
import type { TermInput } from "../values/from-js.ts";
import { PublicKey } from "../crypto/public-key.ts";

/** What may stand in a template: terms, and public keys after `trusting`. */
export type TemplateValue = TermInput | PublicKey;

/** The Datalog of a block that is not signed yet. Immutable. */
export class Block {
  readonly content: BlockContent;

  constructor(content: BlockContent) {
    this.content = content;
  }

  /** With a text for people that the block carries. */
  context(text: string): Block {
    return new Block({ ...this.content, context: text });
  }

  /** As source, one statement a line. */
  toString(): string {
    return printBlock(this.content);
  }
}

/**
 * A block from Datalog: block`check if time($t), $t < ${date};`. Values are terms, never text, so they cannot change what
 * the source means. Throws `syntax`, `invalid-rule` or `invalid-value`, with the position.
 */
export function block(parts: TemplateStringsArray, ...values: readonly TemplateValue[]): Block {
  return new Block(parseBlock(Source.fromTemplate(parts, values)));
}

/** A block from source that was written by somebody, such as a person at a terminal. Throws as `block` does. */
export function blockFromSource(source: string, options: SourceOptions = {}): Block {
  return new Block(parseBlock(Source.of(source, options.parameters)));
}
