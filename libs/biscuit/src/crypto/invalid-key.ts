import { BiscuitError } from "../errors/biscuit-error.ts";

export const invalidKey = (message: string): BiscuitError =>
  new BiscuitError("invalid-key", message);
