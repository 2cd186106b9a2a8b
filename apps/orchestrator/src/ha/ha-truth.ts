import { type HaIntents, uuidv7 } from "@bastide/contracts";
import { seedFloor } from "@bastide/ha";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { z } from "zod";
import type { Wanted } from "./domain/without-removed.ts";
import { HaServiceRow } from "./ha-service.row.ts";

const Version = z.tuple([z.object({ version: z.coerce.number().int() })]);
const Floor = z.array(z.object({ floor: z.coerce.number().int() }));

/** What is wanted of services, and which life the lease store has: on record before anybody is told. */
@Injectable()
export class HaTruth {
  constructor(private readonly database: DataSource) {}

  rows(): Promise<HaServiceRow[]> {
    return this.database.getRepository(HaServiceRow).find({ order: { name: "ASC" } });
  }

  async want(name: string, { desired, beforeFreeze, candidates }: Wanted): Promise<void> {
    await this.database.query(
      `insert into ha_services (name, desired, before_freeze, intent_id, version, candidates)
       values ($1, $2, $3, $4, nextval('ha_intent_versions'), $5)
       on conflict (name) do update set desired = $2, before_freeze = $3, intent_id = $4,
         version = nextval('ha_intent_versions'), candidates = $5`,
      [
        name,
        JSON.stringify(desired),
        beforeFreeze === null ? null : JSON.stringify(beforeFreeze),
        uuidv7(),
        JSON.stringify(candidates),
      ],
    );
  }

  /** Greater than that of every intent on record. */
  async nextVersion(): Promise<number> {
    const select = "select nextval('ha_intent_versions') as version";
    return Version.parse(await this.database.query(select))[0].version;
  }

  /** Puts the next life of the lease store on record, and gives its floor: above every epoch that anybody knows. */
  recordLife(knownEpochs: readonly number[]): Promise<number> {
    return this.database.transaction(async (manager) => {
      await manager.query("insert into ha_lives (floor) values (0) on conflict do nothing");
      const select = "select floor from ha_lives for update";
      const [before] = Floor.parse(await manager.query(select));
      const floor = seedFloor([...knownEpochs, before?.floor ?? 0]);
      await manager.query("update ha_lives set floor = $1", [floor]);
      return floor;
    });
  }

  async life(): Promise<number | undefined> {
    const [row] = Floor.parse(await this.database.query("select floor from ha_lives"));
    return row?.floor;
  }
}

/** The intents as nodes get them; the greatest version is that of the table. */
export const intentsOf = (rows: readonly HaServiceRow[]): HaIntents => ({
  version: Math.max(0, ...rows.map(({ version }) => Number(version))),
  intents: Object.fromEntries(
    rows.map(({ name, desired, intentId }) => [name, { service: name, desired, id: intentId }]),
  ),
});
