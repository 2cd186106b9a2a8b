import { BiscuitError } from "../errors/biscuit-error.ts";

export const malformed = (message: string): BiscuitError =>
  new BiscuitError("malformed-token", message);
