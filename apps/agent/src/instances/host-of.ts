import type { InstanceSpec } from "@bastide/contracts";

/** Where an instance listens, if not at 127.0.0.1. Whatever a tenant's spec says: only what is part of the installation may. */
export const hostOf = ({ host, artefact }: InstanceSpec): string | undefined =>
  artefact.kind === "installed" ? host : undefined;
