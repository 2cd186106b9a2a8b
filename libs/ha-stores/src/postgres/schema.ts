/** Names of the store's tables, fit for SQL. */
export interface StoreSchema {
  readonly name: string;
  readonly leases: string;
  readonly values: string;
}

/** Throws RangeError for a name that would have to be escaped. */
export function storeSchema(name: string): StoreSchema {
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(name))
    throw new RangeError(
      `${JSON.stringify(name)} is no name for the lease store's schema: use a-z, 0-9 and _, at most 40`,
    );
  return { name, leases: `"${name}".leases`, values: `"${name}".fenced_values` };
}

/**
 * Makes what is missing; several may do so at once. `if not exists` alone is no help there: two that make a schema at
 * once both find that it does not exist. Where all is there, no right to create anything is needed.
 */
export const ensureStatement = ({ name, leases, values }: StoreSchema): string => `
do $ensure$
begin
  if to_regclass('${leases}') is not null and to_regclass('${values}') is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('bastide lease store ${name}', 0));
  create schema if not exists "${name}";
  create table if not exists ${leases} (
    name text primary key,
    epoch bigint not null check (epoch > 0),
    holder text,
    ends_at timestamptz,
    check ((holder is null) = (ends_at is null))
  );
  create table if not exists ${values} (
    key text primary key,
    value text not null,
    lease text not null,
    epoch bigint not null
  );
end
$ensure$`;
