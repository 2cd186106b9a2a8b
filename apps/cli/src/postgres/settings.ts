/** What postgresql.conf says; written anew at each start, so that an upgrade of ours reaches old homes. */
export function settingsFile(options: { socketDirectory: string; major: number }): string {
  const settings: Record<string, string> = {
    // Only processes of this machine, by a socket: no port to guard.
    listen_addresses: "",
    unix_socket_directories: options.socketDirectory,
    port: "5432",
    password_encryption: "scram-sha-256",
    max_connections: "60",
    // Small, since the platform's own tables are: the page cache does the rest.
    shared_buffers: "32MB",
    work_mem: "4MB",
    maintenance_work_mem: "32MB",
    temp_buffers: "2MB",
    max_wal_size: "256MB",
    min_wal_size: "64MB",
    max_worker_processes: "4",
    max_parallel_workers: "0",
    max_parallel_workers_per_gather: "0",
    autovacuum_max_workers: "2",
    jit: "off",
    huge_pages: "off",
    // An acknowledged write survives a power cut.
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    idle_in_transaction_session_timeout: "60s",
    log_line_prefix: "%m [%p] ",
    log_timezone: "UTC",
    timezone: "UTC",
    // Worker processes for input and output are of no use to a database of this size (PostgreSQL 18).
    ...(options.major >= 18 ? { io_method: "sync" } : {}),
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  return `# Written by bastide at each start. Put changes of your own into local.conf beside it.\n${lines.join("\n")}\ninclude_if_exists 'local.conf'\n`;
}

/** The platform's role by password; the superuser only for the server's own system user; nobody else. */
export const ACCESS_FILE = `# Written by bastide at each start.
local bastide bastide scram-sha-256
local all postgres peer map=server
`;

export const identitiesFile = (systemUser: string): string =>
  `# Written by bastide at each start.\nserver ${systemUser} postgres\n`;
