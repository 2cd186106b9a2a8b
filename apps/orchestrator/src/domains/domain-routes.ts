import { Injectable } from "@nestjs/common";
import { keyOf, type TargetIds } from "../targets/target.ts";
import { Wakes } from "../targets/wakes.ts";
import { DomainNames } from "./domain-names.ts";

/** Puts a domain's routes beside those of its app's own host, or takes them away. */
@Injectable()
export class DomainRoutes {
  constructor(
    private readonly names: DomainNames,
    private readonly wakes: Wakes,
  ) {}

  add(domain: string, target: TargetIds): void {
    this.names.set(domain, target);
    this.wakes.wake([keyOf(target)]);
  }

  remove(domain: string, target: TargetIds): void {
    this.names.delete(domain);
    this.wakes.wake([keyOf(target)]);
  }
}
