import { First1764000000001 } from "./0001-first.ts";
import { Revocations1764100000006 } from "./0006-revocations.ts";
import { RouteSettings1764100000002 } from "./0002-route-settings.ts";
import { Certificates1764200000007 } from "./0007-certificates.ts";

/** Every migration, oldest first. A new one is a new file and a new line here. */
export const MIGRATIONS = [
  First1764000000001,
  RouteSettings1764100000002,
  Revocations1764100000006,
  Certificates1764200000007,
];
