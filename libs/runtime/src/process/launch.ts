import type { RunLimits } from "../driver.ts";

/**
 * The first program of every run, constant text whose data are arguments only. It puts itself into the run's control
 * groups before it becomes the run (so that no process of the run is ever outside), and fails closed. When the whole
 * machine is out of memory, the kernel is to choose a run before anything of the platform: oom_score_adj of proc(5).
 *
 * Arguments: the file that says which process this is, control group directories, `--`, numbers of file descriptors to
 * close, `--`, the command.
 */
const LAUNCH_SCRIPT = `
set -eu
umask 022
record=$1
shift
read -r stat </proc/self/stat
read -r boot </proc/sys/kernel/random/boot_id
printf '%s\\n' "$stat" "$boot" >"$record"
while [ "$1" != -- ]; do
  echo 0 >"$1/cgroup.procs"
  shift
done
shift
while [ "$1" != -- ]; do
  eval "exec $1>&-"
  shift
done
shift
echo 300 >/proc/self/oom_score_adj
exec "$@"
`;

export interface LaunchOptions {
  readonly shell: string;
  readonly prlimit: string;
  /** Where the launcher writes its /proc/self/stat and the host's boot id; /dev/null for commands beside the run's main process. */
  readonly processFile: string;
  readonly controlGroups: readonly string[];
  /** Descriptors that this process would hand down without meaning to. */
  readonly strayDescriptors: readonly number[];
  /** As `resourceLimits` gives them. */
  readonly resourceLimits: readonly string[];
  readonly command: readonly string[];
}

/** The argument array of a run's first program. */
export function launchArguments(options: LaunchOptions): string[] {
  return [
    options.shell,
    "-c",
    LAUNCH_SCRIPT,
    "bastide-launch",
    options.processFile,
    ...options.controlGroups,
    "--",
    ...options.strayDescriptors.map(String),
    "--",
    options.prlimit,
    ...options.resourceLimits,
    "--",
    ...options.command,
  ];
}

/**
 * RLIMIT_DATA counts what V8 only reserves: about 0.5 GiB for the first isolate and for each worker thread (measured
 * with Node 24 on x64). This much more than the memory limit lets a Node program with several workers start.
 */
export const ENGINE_RESERVE_BYTES: number = 4 * 1024 ** 3;

/**
 * prlimit's arguments. Hard and soft limits are equal, so that a run can't raise them.
 * `dataBytes` stands in for a memory limit, process by process: RLIMIT_DATA and not RLIMIT_AS, since V8 reserves far
 * more address space than it uses.
 */
export function resourceLimits(
  limits: RunLimits,
  host: { readonly maxOpenFiles: number },
  dataBytes: number | undefined,
): string[] {
  const openFiles = Math.min(limits.openFiles, host.maxOpenFiles);
  const data = dataBytes === undefined ? [] : [`--data=${dataBytes}:${dataBytes}`];
  return [`--nofile=${openFiles}:${openFiles}`, "--core=0:0", ...data];
}
