/** Sealed text with the id of the master key that opens it. */
export interface Sealed {
  readonly keyId: string;
  readonly sealed: Buffer;
}

/**
 * Port: encryption at rest. `context` says what the text belongs to (app, environment, name); opening it anywhere else
 * fails, so that a sealed value moved to another row in the database is of no use. Pure and safe to call concurrently.
 */
export abstract class SecretBox {
  abstract seal(text: string, context: readonly string[]): Sealed;

  /** Throws SecretError when the key is not there, the context differs, or a byte was changed. */
  abstract open(sealed: Sealed, context: readonly string[]): string;
}

export class SecretError extends Error {
  override readonly name = "SecretError";
}
