import { DeploymentPhases1764500000013 } from "./0013-deployment-phases.ts";
import { First1764000000001 } from "./0001-first.ts";
import { Revocations1764100000006 } from "./0006-revocations.ts";
import { RouteSettings1764100000002 } from "./0002-route-settings.ts";
import { Certificates1764200000007 } from "./0007-certificates.ts";
import { Ha1764400000012 } from "./0012-ha.ts";
import { Nodes1764300000009 } from "./0009-nodes.ts";
import { Placement1764400000010 } from "./0010-placement.ts";

/** Every migration, oldest first. A new one is a new file and a new line here. */
export const MIGRATIONS = [
  First1764000000001,
  RouteSettings1764100000002,
  Revocations1764100000006,
  Certificates1764200000007,
  Nodes1764300000009,
  Placement1764400000010,
  Ha1764400000012,
  DeploymentPhases1764500000013,
];
