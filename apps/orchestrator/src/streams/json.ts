import { z } from "zod";

/** Made once: to make a schema takes longer than to parse with it. */
const Json = z.json();

/** A value as it travels: what JSON cannot say (absent fields) is left out. */
export const asJson = (value: unknown): z.infer<typeof Json> =>
  Json.parse(JSON.parse(JSON.stringify(value)));
