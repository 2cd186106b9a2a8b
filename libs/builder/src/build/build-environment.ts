import { NODE_IN_SANDBOX, NPM_IN_SANDBOX, NPX_IN_SANDBOX } from "../detect/platform.ts";

/** Where commands that scripts call by name are put, below the directory of the build. */
export const TOOLS_DIRECTORY = ".bastide/bin";

/** The environment of every command of a build; what the caller gives goes on top, but not over PATH and the caches. */
export function buildEnvironment(
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    CI: "true",
    LANG: "C.UTF-8",
    TZ: "UTC",
    // https://reproducible-builds.org/specs/source-date-epoch/: the time that the canonical archive has.
    SOURCE_DATE_EPOCH: "315532800",
    NO_COLOR: "1",
    // What the machine's operator trusts, a company's own certificate authority for one, and not only Node's list.
    NODE_USE_SYSTEM_CA: "1",
    ...given,
    HOME: "/cache/home",
    PATH: `/build/node_modules/.bin:/build/${TOOLS_DIRECTORY}:/opt/bastide/node/bin:/usr/local/bin:/usr/bin:/bin`,
    npm_config_cache: "/cache/npm",
    // Headers for native packages, so that node-gyp downloads none.
    npm_package_config_node_gyp_nodedir: "/opt/bastide/node",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_progress: "false",
    // Yarn 1, then Yarn 2 and later.
    YARN_CACHE_FOLDER: "/cache/yarn",
    YARN_GLOBAL_FOLDER: "/cache/yarn-berry",
    YARN_ENABLE_GLOBAL_CACHE: "true",
    YARN_ENABLE_TELEMETRY: "0",
    YARN_NODE_LINKER: "node-modules",
    YARN_IGNORE_PATH: "1",
    COREPACK_ENABLE_STRICT: "0",
  };
}

const script = (command: readonly string[]): string =>
  `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`;

/** `npm`, `npx` and the app's own package manager, for scripts that call them: file name → text. */
export function toolScripts(
  manager: readonly string[],
  name: string,
): Readonly<Record<string, string>> {
  return {
    npx: script([NODE_IN_SANDBOX, NPX_IN_SANDBOX]),
    [name]: script(manager),
    npm: script([NODE_IN_SANDBOX, NPM_IN_SANDBOX]),
  };
}
