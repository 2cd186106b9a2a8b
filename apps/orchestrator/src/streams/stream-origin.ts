import { DataSource } from "typeorm";
import { uuidv7 } from "@bastide/contracts";
import { z } from "zod";

const Row = z.object({ history: z.string(), epoch: z.coerce.number().int() });

/** Where the versions of this start's config streams begin: the database's history, and a new epoch of it. */
export class StreamOrigin {
  private constructor(
    readonly history: string,
    readonly epoch: number,
  ) {}

  /** Counts the epoch up; the first start of a database begins its history. */
  static async begin(database: DataSource): Promise<StreamOrigin> {
    const rows: unknown = await database.query(
      `insert into platform (history, epoch) values ($1, 1)
       on conflict (singleton) do update set epoch = platform.epoch + 1 returning history, epoch`,
      [uuidv7()],
    );
    const [row] = z.array(Row).parse(rows);
    if (!row) throw new Error("the platform's row could not be written");
    return new StreamOrigin(row.history, row.epoch);
  }
}
