import { HttpProxyEngine } from "../src/engine/http-proxy-engine.ts";
import { proxyEngineContract } from "./proxy-engine.contract.ts";

proxyEngineContract("http-proxy", (timeouts) => new HttpProxyEngine(timeouts));
