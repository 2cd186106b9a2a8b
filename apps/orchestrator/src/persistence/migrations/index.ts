import { First1764000000001 } from "./0001-first.ts";
import { Certificates1764000000005 } from "./0005-certificates.ts";

/** Every migration, oldest first. A new one is a new file and a new line here. */
export const MIGRATIONS = [First1764000000001, Certificates1764000000005];
