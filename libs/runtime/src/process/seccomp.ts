import {
  assemble,
  done,
  type Instruction,
  load,
  returnIf,
  returnUnlessEqual,
  whenEqual,
} from "./bpf.ts";
import { DENIED, JUDGED } from "./system-calls.ts";

export type Architecture = "x64" | "arm64";

/** AUDIT_ARCH_* of linux/audit.h. */
const AUDIT_ARCHITECTURE: Readonly<Record<Architecture, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
};

/** Offsets in struct seccomp_data; of each 64-bit argument we look at the low word, which is where flags are. */
export const DATA = { number: 0, architecture: 4, argument0: 16, argument1: 24 } as const;

/** SECCOMP_RET_* of linux/seccomp.h; an errno is in the low bits. */
export const ACTION = {
  allow: 0x7fff0000,
  killProcess: 0x80000000,
  /** errno 1 */
  eperm: 0x00050001,
  /** errno 38 */
  enosys: 0x00050026,
} as const;

/** Calls of the x32 ABI have this bit set and other numbers: a filter that forgets it has a back door. */
const X32_BIT = 0x40000000;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h; NEWTIME is for clone3 only. */
const CLONE_NEW_ANY =
  0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;

/** Push characters into a terminal that is somebody else's (TIOCSTI, TIOCLINUX). */
const DENIED_TERMINAL_REQUESTS = [0x5412, 0x541c];

/** AF_ALG and AF_VSOCK: kernel crypto and the hypervisor. */
const DENIED_SOCKET_FAMILIES = [38, 40];

/** PER_LINUX, PER_LINUX32, both with UNAME26, and the question what it is now. */
const ALLOWED_PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

function denyEach(offset: number, values: readonly number[]): Instruction[] {
  return [
    load(offset),
    ...values.flatMap((value) => returnIf("jumpEqual", value, ACTION.eperm)),
    done(ACTION.allow),
  ];
}

function judged(architecture: Architecture): Instruction[] {
  const clone = [
    load(DATA.argument0),
    ...returnIf("jumpAnyBit", CLONE_NEW_ANY, ACTION.eperm),
    done(ACTION.allow),
  ];
  const personality = [
    load(DATA.argument0),
    ...ALLOWED_PERSONALITIES.flatMap((value) => returnIf("jumpEqual", value, ACTION.allow)),
    done(ACTION.eperm),
  ];
  return [
    ...whenEqual(JUDGED.clone[architecture], clone),
    // Its flags lie behind a pointer that a filter can't follow; C libraries then use clone.
    ...whenEqual(JUDGED.clone3[architecture], [done(ACTION.enosys)]),
    ...whenEqual(JUDGED.ioctl[architecture], denyEach(DATA.argument1, DENIED_TERMINAL_REQUESTS)),
    ...whenEqual(JUDGED.socket[architecture], denyEach(DATA.argument0, DENIED_SOCKET_FAMILIES)),
    ...whenEqual(JUDGED.personality[architecture], personality),
  ];
}

function deniedNumbers(architecture: Architecture): number[] {
  return Object.values(DENIED).flatMap((numbers) => numbers[architecture] ?? []);
}

/**
 * The filter of every run: a list of what is denied (EPERM), since what applications may need can't be listed. A call
 * of another architecture or of the x32 ABI ends the process.
 */
export function seccompInstructions(architecture: Architecture): Instruction[] {
  const x32 = architecture === "x64" ? returnIf("jumpAtLeast", X32_BIT, ACTION.killProcess) : [];
  return [
    load(DATA.architecture),
    ...returnUnlessEqual(AUDIT_ARCHITECTURE[architecture], ACTION.killProcess),
    load(DATA.number),
    ...x32,
    ...judged(architecture),
    ...deniedNumbers(architecture).flatMap((number) => returnIf("jumpEqual", number, ACTION.eperm)),
    done(ACTION.allow),
  ];
}

/** The filter as bubblewrap's `--seccomp` reads it; undefined on an architecture that it was not written for. */
export function seccompProgram(architecture: string): Buffer | undefined {
  if (architecture !== "x64" && architecture !== "arm64") return undefined;
  return assemble(seccompInstructions(architecture));
}
