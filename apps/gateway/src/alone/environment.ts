import type { GatewayFile } from "./gateway-file.ts";

/** Names the file that a gateway follows instead of a control plane. */
export const FILE_VARIABLE = "BASTIDE_FILE";

const ms = (seconds: number): string => String(Math.max(1, Math.round(seconds * 1000)));

/**
 * The file's part that a gateway's processes are started with, as they read it. `directory`: where state is kept, unless
 * the file says where.
 */
export function environmentOf(
  name: string,
  file: Omit<GatewayFile, "routes">,
  directory: string,
): Record<string, string> {
  const { listen, workers, timeouts, stateDirectory } = file;
  return {
    [FILE_VARIABLE]: name,
    BASTIDE_LISTEN: listen.addresses.join(","),
    PORT: String(listen.port),
    BASTIDE_HTTPS_PORT: listen.httpsPort === undefined ? "" : String(listen.httpsPort),
    BASTIDE_WAIT_MS: ms(timeouts.wait),
    BASTIDE_ANSWER_TIMEOUT_MS: ms(timeouts.answer),
    BASTIDE_IDLE_TIMEOUT_MS: ms(timeouts.idle),
    BASTIDE_HEADERS_TIMEOUT_MS: ms(timeouts.headers),
    BASTIDE_SHUTDOWN_MS: ms(timeouts.shutdown),
    ...(workers === undefined ? {} : { BASTIDE_WORKERS: String(workers) }),
    BASTIDE_STATE_DIR: stateDirectory ?? directory,
  };
}
