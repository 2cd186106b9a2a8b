import { gateway } from "./gateway.ts";
import type { PlatformService } from "./platform-service.ts";

/** Every service that the platform consists of. A new brick is a new file and a new line here. */
export const PLATFORM_SERVICES: readonly PlatformService[] = [gateway];
