import { type GateOptions, RequestGate } from "@bastide/biscuit/http";
import type { NestRequest } from "./nest-request.ts";

/** What `BiscuitModule` is given: verifier, realm, who may know why, where decisions are recorded. */
export type BiscuitModuleOptions = GateOptions<NestRequest>;

/** The gate of an application; a class, so that it is its own injection token. */
export class BiscuitGate extends RequestGate<NestRequest> {
  static of(options: BiscuitModuleOptions): BiscuitGate {
    return new BiscuitGate(options);
  }
}
