import type { Listen } from "../home/home.ts";

/** What `up` was asked for. */
export interface UpOptions {
  readonly directory: string;
  readonly installation: string;
  readonly version: string;
  readonly gatewayPort: number | undefined;
  readonly httpsPort: number | undefined;
  readonly baseDomain: string | undefined;
  readonly listen: readonly string[] | undefined;
  /** How many nodes this machine runs. */
  readonly nodes: number | undefined;
  /** Where nodes on other machines are taken. */
  readonly nodesListen: Listen | undefined;
}
