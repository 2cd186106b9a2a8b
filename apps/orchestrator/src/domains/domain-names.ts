import { Injectable, type OnModuleInit } from "@nestjs/common";
import { DataSource } from "typeorm";
import { keyOf, type TargetIds, type TargetKey } from "../targets/target.ts";
import { DomainRow } from "./domain.row.ts";

/** Which domains lead to which targets, in memory for whoever publishes routes. */
@Injectable()
export class DomainNames implements OnModuleInit {
  readonly #targets = new Map<string, TargetKey>();

  constructor(private readonly database: DataSource) {}

  async onModuleInit(): Promise<void> {
    for (const row of await this.database.getRepository(DomainRow).find())
      this.set(row.domain, row);
  }

  set(domain: string, target: TargetIds): void {
    this.#targets.set(domain, keyOf(target));
  }

  delete(domain: string): void {
    this.#targets.delete(domain);
  }

  of(key: TargetKey): string[] {
    return [...this.#targets].filter(([, target]) => target === key).map(([domain]) => domain);
  }
}
