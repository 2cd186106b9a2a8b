import {
  type Home,
  type HomePaths,
  inUrl,
  logFileOf,
  orchestratorUrl,
  pidFileOf,
} from "../home/home.ts";
import { nodesListen } from "../home/local-nodes.ts";
import { endProcess } from "../machine/process-identity.ts";
import { launchRecorded } from "./launch.ts";
import { NODE_ENVIRONMENT, nodeCommand } from "./node-command.ts";
import type { ServiceSpec } from "./service.ts";

/** Time to answer what is in flight and to let go of the database. */
const STOP_GRACE_MS = 10_000;

export interface PlatformPlan {
  readonly home: Home;
  readonly paths: HomePaths;
  readonly installation: string;
  readonly version: string;
  readonly socketDirectory: string;
}

/** The control plane. As root it runs as its own user, and sees the installation, its keys and its files only. */
export function orchestratorService(plan: PlatformPlan): ServiceSpec {
  const { home, paths, installation, socketDirectory } = plan;
  return {
    name: "orchestrator",
    logFile: logFileOf(paths, "orchestrator"),
    start: () =>
      launchRecorded(
        {
          command: nodeCommand(installation, "orchestrator"),
          environment: environmentOf(plan),
          logFile: logFileOf(paths, "orchestrator"),
          // Nodes give up what they hold when it does not answer them in time.
          goesFirst: true,
          ...(home.users === undefined
            ? {}
            : {
                confinement: {
                  user: home.users.orchestrator,
                  view: {
                    readOnly: [
                      installation,
                      paths.keys,
                      paths.rootKeysFile,
                      ...operatorsFiles(process.env),
                    ],
                    writable: [paths.control, socketDirectory],
                  },
                },
              }),
        },
        pidFileOf(paths, "orchestrator"),
      ),
    stop: (process) => endProcess(process, "SIGTERM", STOP_GRACE_MS),
  };
}

/** What an operator says to the control plane by the environment of `bastide up`; see docs/domains.md. */
const OPERATORS =
  /^BASTIDE_(?:ACME_[A-Z_]+|DNS_SERVERS|DRILL_WITNESS|ETCD_[A-Z_]+|PUBLIC_ADDRESSES)$/;

const saidByOperator = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      OPERATORS.test(name) && value ? [[name, value]] : [],
    ),
  );

/** Certificates and keys that the operator named. */
const operatorsFiles = (environment: NodeJS.ProcessEnv): string[] =>
  Object.entries(saidByOperator(environment)).flatMap(([name, file]) =>
    name.endsWith("_FILE") ? [file] : [],
  );

function environmentOf({
  home,
  paths,
  version,
  socketDirectory,
}: PlatformPlan): Record<string, string> {
  const nodes = nodesListen(home, paths);
  return {
    ...saidByOperator(process.env),
    ...NODE_ENVIRONMENT,
    HOME: paths.control,
    BASTIDE_LISTEN: orchestratorUrl(home).replace("http://", ""),
    BASTIDE_DATABASE_HOST: socketDirectory,
    BASTIDE_DATABASE_PORT: "5432",
    BASTIDE_DATABASE_NAME: "bastide",
    BASTIDE_DATABASE_USER: "bastide",
    BASTIDE_DATABASE_PASSWORD_FILE: paths.databasePassword,
    BASTIDE_KEYS_DIR: paths.keys,
    BASTIDE_ROOT_KEYS_FILE: paths.rootKeysFile,
    BASTIDE_BLOBS_DIR: paths.blobs,
    BASTIDE_BASE_DOMAIN: home.baseDomain,
    BASTIDE_GATEWAY_PORT: String(home.ports.gateway),
    BASTIDE_GATEWAY_HTTPS_PORT: String(home.ports.https),
    BASTIDE_GATEWAY_LISTEN: home.gatewayListen.join(","),
    BASTIDE_NODE: home.node,
    ...(nodes === undefined ? {} : { BASTIDE_NODES_LISTEN: `${inUrl(nodes.host)}:${nodes.port}` }),
    BASTIDE_VERSION: version,
  };
}
