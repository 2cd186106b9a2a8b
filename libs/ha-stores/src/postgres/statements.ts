import type { StoreSchema } from "./schema.ts";

/** Each step of the store as one statement: PostgreSQL takes it wholly, or not at all. */
export interface Statements {
  readonly acquire: string;
  readonly renew: string;
  readonly release: string;
  readonly read: string;
  readonly writeFenced: string;
  readonly readValue: string;
}

const lasting = (ttlMs: string): string => `make_interval(secs => ${ttlMs}::float8 / 1000)`;
const endsAt = (ttlMs: string): string => `clock_timestamp() + ${lasting(ttlMs)}`;

/**
 * Time is the server's alone, and `clock_timestamp()`, not `now()`: a statement that waited for a row would otherwise
 * go by the time of when it began. PostgreSQL reckons a condition again after such a wait only where the row was changed
 * meanwhile, so what depends on time is reckoned in a step of its own, when the row is locked already.
 */
export function statements({ name, leases, values }: StoreSchema): Statements {
  const isPresent = `name = $1 and epoch = $2 and holder = $3 and ends_at > clock_timestamp()`;
  const held = (strength: string): string => `locked as materialized (
        select name, epoch, ends_at from ${leases} where name = $1 and epoch = $2 and holder = $3 for ${strength}
      ), seen as materialized (
        select name, epoch, ends_at, clock_timestamp() as at from locked
      ), held as (select name, epoch, at from seen where ends_at > at)`;
  const ring = `pg_notify('${name}', $1)`;
  return {
    // $1 name, $2 holder, $3 ttlMs, $4 aboveEpoch
    acquire: `with granted as (
        insert into ${leases} as l (name, epoch, holder, ends_at)
        values ($1, $4::bigint + 1, $2, ${endsAt("$3")})
        on conflict (name) do update
          set epoch = greatest(l.epoch, $4::bigint) + 1, holder = $2, ends_at = ${endsAt("$3")}
          where l.holder is null or l.holder = $2 or l.ends_at <= clock_timestamp()
        returning epoch
      ) select epoch, ${ring} from granted`,
    // $1 name, $2 epoch, $3 holder, $4 ttlMs
    renew: `with ${held("update")}
      update ${leases} as l set ends_at = held.at + ${lasting("$4")}
        from held where l.name = held.name returning l.epoch`,
    // $1 name, $2 epoch, $3 holder
    release: `with released as (
        update ${leases} set holder = null, ends_at = null where ${isPresent} returning epoch
      ) select epoch, ${ring} from released`,
    // $1 name
    read: `select epoch, holder, ends_in_ms
        from (select epoch, holder, extract(epoch from ends_at - clock_timestamp())::float8 * 1000 as ends_in_ms
          from ${leases} where name = $1) as seen`,
    // $1 name, $2 epoch, $3 holder, $4 key, $5 value. The share lock keeps a takeover waiting until this is done.
    writeFenced: `with ${held("share")}, written as (
        insert into ${values} as v (key, value, lease, epoch) select $4, $5, $1, epoch from held
        on conflict (key) do update set value = excluded.value, lease = excluded.lease, epoch = excluded.epoch
        returning epoch
      ) select epoch from written`,
    // $1 key
    readValue: `select value from ${values} where key = $1`,
  };
}
