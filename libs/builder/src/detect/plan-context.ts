import type { Manifest } from "@bastide/contracts";
import type { Platform } from "./platform.ts";
import type { SourceTree } from "./source-tree.ts";

/** What every kind of plan is made from. */
export interface PlanContext {
  readonly tree: SourceTree;
  readonly manifest: Manifest;
  readonly platform?: Platform;
  /** Nothing will be installed or built. */
  readonly prebuilt?: boolean;
}
