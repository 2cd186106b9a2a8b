import { HttpProxyEngine } from "../src/engine/http-proxy-engine.ts";
import type { EngineTimeouts } from "../src/engine/proxy-engine.ts";
import { plainFront, secureFront } from "./harness/engine-fronts.ts";
import { proxyEngineContract } from "./proxy-engine.contract.ts";
import { http2EngineContract } from "./proxy-engine.http2.contract.ts";

const make = (timeouts: EngineTimeouts) => new HttpProxyEngine(timeouts);

proxyEngineContract("http-proxy", make, plainFront);
proxyEngineContract("http-proxy", make, await secureFront());
http2EngineContract("http-proxy", make);
