import { platformBackend } from "#platform-backend";
import type { CryptoBackend } from "./backend.ts";

let current: CryptoBackend = platformBackend;

/** What keys that are made from now on use. */
export const cryptoBackend = (): CryptoBackend => current;

/**
 * Replaces the platform's backend until the function that comes back is called. Not exported from the package: a program
 * that could swap it could forge. It exists so that one suite runs over both backends.
 */
export function useBackend(backend: CryptoBackend): () => void {
  const before = current;
  current = backend;
  return () => {
    current = before;
  };
}
