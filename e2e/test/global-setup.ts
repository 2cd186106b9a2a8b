import type { TestProject } from "vitest/node";
import { Platform } from "../src/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    home: string;
    port: number;
    httpsPort: number;
    /** What its `up` said. */
    upSaid: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const platform = await Platform.start();
  project.provide("home", platform.home);
  project.provide("port", platform.port);
  project.provide("httpsPort", platform.httpsPort ?? 0);
  project.provide("upSaid", platform.said);
  return () => platform.destroy();
}
