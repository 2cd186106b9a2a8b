import { z } from "zod";

/** A value as it travels: what JSON cannot say (absent fields) is left out. */
export const asJson = (value: unknown): z.infer<ReturnType<typeof z.json>> =>
  z.json().parse(JSON.parse(JSON.stringify(value)));
