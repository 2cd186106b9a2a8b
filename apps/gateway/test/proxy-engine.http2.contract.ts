import { afterEach, beforeAll, beforeEach, describe } from "vitest";
import { http2Answers } from "./engine-contract/http2-answers.ts";
import { http2Failures } from "./engine-contract/http2-failures.ts";
import { http2Requests } from "./engine-contract/http2-requests.ts";
import { Http2Stage } from "./engine-contract/http2-stage.ts";
import { type Setting, TIMEOUTS } from "./engine-contract/stage.ts";
import { TestAuthority } from "./harness/certificates.ts";

/** What every engine must do for clients of HTTP/2. `makeEngine` gives a new one for each test. */
export function http2EngineContract(name: string, makeEngine: Setting["makeEngine"]): void {
  describe(`${name} as a proxy engine behind HTTP/2`, () => {
    let authority: TestAuthority;
    let stage: Http2Stage;
    beforeAll(async () => {
      authority = await TestAuthority.make("engine front");
    });
    beforeEach(async () => {
      stage = await Http2Stage.start(makeEngine(TIMEOUTS), authority);
    });
    afterEach(() => stage.stop());
    for (const part of [http2Requests, http2Answers, http2Failures]) part(() => stage);
  });
}
