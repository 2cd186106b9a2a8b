import { uuidv7 } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";

/** This start of the orchestrator as gateways see it: an upstream like an instance of an app. */
@Injectable()
export class PlatformUpstream {
  readonly instance: string = uuidv7();
  readonly address: { readonly host: string; readonly port: number };

  constructor({ listen }: Config) {
    this.address = listen;
  }
}
