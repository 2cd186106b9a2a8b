import { afterEach, beforeEach, describe } from "vitest";
import { answers } from "./engine-contract/answers.ts";
import { bounds } from "./engine-contract/bounds.ts";
import { departures } from "./engine-contract/departures.ts";
import { failures } from "./engine-contract/failures.ts";
import { requests } from "./engine-contract/requests.ts";
import { type Setting, Stage, TIMEOUTS } from "./engine-contract/stage.ts";
import { upgrades } from "./engine-contract/upgrades.ts";
import type { EngineFront } from "./harness/engine-fronts.ts";

/** What every engine must do for clients of HTTP/1.1, in the clear or over TLS. `makeEngine` gives a new one for each test. */
export function proxyEngineContract(
  name: string,
  makeEngine: Setting["makeEngine"],
  front: EngineFront,
): void {
  describe(`${name} as a proxy engine behind ${front.name}`, () => {
    let stage: Stage;
    beforeEach(async () => {
      stage = new Stage(makeEngine(TIMEOUTS), front);
      await stage.start();
    });
    afterEach(() => stage.stop());
    const setting: Setting = { front, makeEngine, stage: () => stage };
    for (const part of [requests, answers, failures, departures, bounds, upgrades]) part(setting);
  });
}
