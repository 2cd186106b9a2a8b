import type { RuntimeDriver } from "@bastide/runtime";
import type { ArtefactCache } from "../artefacts/artefact-cache.ts";
import type { Installation } from "../bricks/installation.ts";
import type { Journal } from "../journal/journal.ts";
import type { NumberLedger } from "../numbers/number-ledger.ts";
import type { Prober } from "../promises/prober.ts";

/** What instances share. */
export interface InstanceContext {
  /** Holds one directory per instance. */
  readonly directory: string;
  readonly driver: RuntimeDriver;
  /** False where the driver can't show an instance other directories than the host's. */
  readonly hasMounts: boolean;
  readonly ports: NumberLedger;
  /** Absent where the agent isn't root: everything then runs as the agent's user. */
  readonly uids: NumberLedger | undefined;
  readonly artefacts: ArtefactCache;
  readonly installation: Installation;
  readonly prober: Prober;
  /** Where the control plane is, as this node reaches it. */
  readonly orchestratorUrl: string;
  /** The last lines that the instance wrote, oldest first. */
  readonly lastLines: (id: string) => Promise<string[]>;
  readonly journal: Journal;
  /** Of the host's present boot. */
  readonly bootId: string;
  /** Something that a report shows has changed. */
  readonly onChange: (id: string) => void;
  /** The instance is gone, with everything that it had. */
  readonly onGone: (id: string) => void;
}
