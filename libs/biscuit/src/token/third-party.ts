import { externalPayload } from "../crypto/payload.ts";
import { type AsyncSigner, type Signer, signWith, signWithAsync } from "../crypto/signer.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { fromBase64, toBase64 } from "../wire/base64.ts";
import { writeBlock } from "../wire/block-codec.ts";
import {
  checkSize,
  type ExternalSignature,
  readExternalSignature,
  writeExternalSignature,
} from "../wire/envelope.ts";
import { MessageReader } from "../wire/message-reader.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { SymbolTable } from "../wire/symbols.ts";
import type { Block } from "./block.ts";

function open(name: string, input: string | Uint8Array): MessageReader {
  const bytes = typeof input === "string" ? fromBase64(input.trim()) : Uint8Array.from(input);
  checkSize(bytes);
  return MessageReader.of(name, bytes);
}

/** What a token's holder sends to a third party (specification, "Appending a third-party block"). Immutable. */
export class ThirdPartyRequest {
  readonly #previousSignature: Uint8Array;

  constructor(previousSignature: Uint8Array) {
    this.#previousSignature = previousSignature;
  }

  /**
   * From text or bytes. Throws `malformed-third-party` for requests of outdated implementations: their answers would be
   * signed in a way that can be moved to other tokens (GHSA-rgqv-mwc3-c78m).
   */
  static parse(input: string | Uint8Array): ThirdPartyRequest {
    const message = open("ThirdPartyBlockRequest", input);
    if (message.has(1) || message.has(2)) {
      throw new BiscuitError(
        "malformed-third-party",
        "the request is of an outdated form with legacy keys",
      );
    }
    return new ThirdPartyRequest(message.bytes(3));
  }

  /** The block that the third party vouches for with its key. Its facts count where that key is trusted. */
  createBlock(signer: Signer, block: Block): ThirdPartyBlock {
    const { data } = writeBlock(block.content, SymbolTable.empty(), true);
    const signature = signWith(signer, externalPayload(data, this.#previousSignature));
    return new ThirdPartyBlock(data, { publicKey: signer.publicKey, signature });
  }

  /** As `createBlock`, on every platform, with a key that may be in a security module. */
  async createBlockAsync(signer: Signer | AsyncSigner, block: Block): Promise<ThirdPartyBlock> {
    const { data } = writeBlock(block.content, SymbolTable.empty(), true);
    const signature = await signWithAsync(signer, externalPayload(data, this.#previousSignature));
    return new ThirdPartyBlock(data, { publicKey: signer.publicKey, signature });
  }

  toBytes(): Uint8Array {
    return new MessageWriter().bytes(3, this.#previousSignature).finish();
  }

  /** URL-safe base64. */
  toString(): string {
    return toBase64(this.toBytes());
  }
}

/** What a third party sends back. Immutable. */
export class ThirdPartyBlock {
  readonly payload: Uint8Array;
  readonly external: ExternalSignature;

  constructor(payload: Uint8Array, external: ExternalSignature) {
    this.payload = payload;
    this.external = external;
  }

  /** From text or bytes. Its signature is checked when it is added to a token. */
  static parse(input: string | Uint8Array): ThirdPartyBlock {
    const message = open("ThirdPartyBlockContents", input);
    const external = readExternalSignature(message.message(2, "ExternalSignature"));
    return new ThirdPartyBlock(message.bytes(1), external);
  }

  toBytes(): Uint8Array {
    const message = new MessageWriter().bytes(1, this.payload);
    return message.message(2, writeExternalSignature(this.external)).finish();
  }

  /** URL-safe base64. */
  toString(): string {
    return toBase64(this.toBytes());
  }
}
