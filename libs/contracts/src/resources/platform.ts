import { z } from "zod";

export const PlatformStatus = z.object({
  version: z.string(),
  /** True when the probe app answered through the gateway. */
  healthy: z.boolean(),
  startedAt: z.iso.datetime(),
  baseDomain: z.string(),
  url: z.string(),
  /** The same over HTTPS, by a certificate of the platform's own authority. */
  httpsUrl: z.string(),
  components: z.array(
    z.object({
      name: z.string(),
      healthy: z.boolean(),
      message: z.string(),
      /** It is not well since an operator wants it so. */
      stopped: z.boolean().optional(),
      since: z.iso.datetime().optional(),
    }),
  ),
});
export type PlatformStatus = z.infer<typeof PlatformStatus>;
