import type { InstanceSpec } from "@bastide/contracts";
import type { Config } from "../config.ts";

/** What a description of a service may use. */
export interface ServiceContext {
  readonly config: Config;
  /** The node that the instance runs on. */
  readonly node: string;
}

/** What an instance cannot take over while it runs: a change means a new instance. */
export type ServiceSpec = Pick<
  InstanceSpec,
  | "artefact"
  | "command"
  | "environmentVariables"
  | "listens"
  | "lowPorts"
  | "promises"
  | "limits"
  | "stopGraceMs"
>;

/** A token that an instance of the service holds in a file, and for how long each one lasts. */
export interface ServiceToken {
  readonly file: string;
  readonly ttlSeconds: number;
  readonly kind: "gateway";
}

/** A part of the platform itself, run by agents in the same way as tenants' apps. One file describes one. */
export interface PlatformService {
  readonly name: string;
  readonly token: ServiceToken;
  describe(context: ServiceContext): ServiceSpec;
}
