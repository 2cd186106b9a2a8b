import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble, type Instruction, OPCODE } from "./bpf.ts";
import { ACTION, type Architecture, DATA, seccompInstructions, seccompProgram } from "./seccomp.ts";
import { DENIED, JUDGED } from "./system-calls.ts";

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003 };
const ARCHITECTURES: readonly Architecture[] = ["x64", "arm64"];

interface Call {
  readonly number: number;
  readonly architecture: number;
  readonly arguments?: readonly number[];
}

/** struct seccomp_data: number, architecture, instruction pointer, six 64-bit arguments. */
function seccompData(call: Call): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32LE(call.number, DATA.number);
  bytes.writeUInt32LE(call.architecture, DATA.architecture);
  (call.arguments ?? []).forEach((value, index) =>
    bytes.writeBigUInt64LE(BigInt(value), DATA.argument0 + index * 8),
  );
  return bytes;
}

const TESTS: Readonly<Record<number, (a: number, k: number) => boolean>> = {
  [OPCODE.jumpEqual]: (a, k) => a === k,
  [OPCODE.jumpAtLeast]: (a, k) => a >= k,
  [OPCODE.jumpAnyBit]: (a, k) => (a & k) !== 0,
};

/** The kernel's machine, as far as our filters use it. */
function run(program: readonly Instruction[], call: Call): number {
  const data = seccompData(call);
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const instruction = program[at];
    if (instruction === undefined) throw new Error("ran past the end");
    const { code, k } = instruction;
    if (code === OPCODE.return) return k;
    if (code === OPCODE.load) accumulator = data.readUInt32LE(k);
    else at += TESTS[code]?.(accumulator, k) ? instruction.jumpTrue : instruction.jumpFalse;
  }
}

describe.each(ARCHITECTURES)("the system call filter on %s", (name) => {
  const program = seccompInstructions(name);
  const architecture = AUDIT[name];
  const judge = (number: number, ...values: number[]) =>
    run(program, { number, architecture, arguments: values });

  it("denies every call on the list and no other", () => {
    const denied = new Set(Object.values(DENIED).flatMap((numbers) => numbers[name] ?? []));
    const judged = new Set<number>(Object.values(JUDGED).map((numbers) => numbers[name]));
    for (let number = 0; number < 600; number += 1) {
      if (judged.has(number)) continue;
      expect([number, judge(number)]).toEqual([
        number,
        denied.has(number) ? ACTION.eperm : ACTION.allow,
      ]);
    }
  });

  it("lets processes and threads be made, and no namespace", () => {
    const { clone } = JUDGED;
    const SIGCHLD = 17;
    const THREAD_FLAGS = 0x3d0f00;
    expect(judge(clone[name], SIGCHLD)).toBe(ACTION.allow);
    expect(judge(clone[name], THREAD_FLAGS)).toBe(ACTION.allow);
    for (const flag of [
      0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000,
    ]) {
      expect(judge(clone[name], flag | SIGCHLD)).toBe(ACTION.eperm);
    }
  });

  it("says that clone3 is not there, so that C libraries use clone", () => {
    expect(judge(JUDGED.clone3[name])).toBe(ACTION.enosys);
  });

  it("keeps characters out of foreign terminals", () => {
    expect(judge(JUDGED.ioctl[name], 0, 0x5412)).toBe(ACTION.eperm);
    expect(judge(JUDGED.ioctl[name], 0, 0x541c)).toBe(ACTION.eperm);
    expect(judge(JUDGED.ioctl[name], 0, 0x5401)).toBe(ACTION.allow);
  });

  it("looks at the low word of a request, as the kernel does", () => {
    expect(judge(JUDGED.ioctl[name], 0, 0x1_0000_5412)).toBe(ACTION.eperm);
  });

  it("allows sockets of the network and of the host, not of the hypervisor or kernel crypto", () => {
    for (const family of [1, 2, 10, 16])
      expect(judge(JUDGED.socket[name], family)).toBe(ACTION.allow);
    for (const family of [38, 40]) expect(judge(JUDGED.socket[name], family)).toBe(ACTION.eperm);
  });

  it("keeps the randomised address space on", () => {
    const ADDR_NO_RANDOMIZE = 0x40000;
    expect(judge(JUDGED.personality[name], 0xffffffff)).toBe(ACTION.allow);
    expect(judge(JUDGED.personality[name], 0)).toBe(ACTION.allow);
    expect(judge(JUDGED.personality[name], ADDR_NO_RANDOMIZE)).toBe(ACTION.eperm);
  });

  it("ends the process for any call of another architecture", () => {
    fc.assert(
      fc.property(fc.nat(600), (number) => {
        for (const other of Object.values(AUDIT).filter((value) => value !== architecture)) {
          expect(run(program, { number, architecture: other })).toBe(ACTION.killProcess);
        }
      }),
    );
  });

  it("always comes to an answer", () => {
    const uint32 = fc.nat(0xffffffff);
    fc.assert(
      fc.property(uint32, uint32, fc.array(uint32, { maxLength: 6 }), (number, other, values) => {
        const answer = run(program, { number, architecture: other, arguments: values });
        expect(Object.values(ACTION)).toContain(answer);
      }),
    );
  });
});

describe("the system call filter", () => {
  it("ends the process for a call of the x32 ABI", () => {
    const program = seccompInstructions("x64");
    const call = { number: 0x40000000 + 1, architecture: AUDIT.x64 };
    expect(run(program, call)).toBe(ACTION.killProcess);
  });

  it("has eight bytes for each instruction, in struct sock_filter's order", () => {
    const bytes = assemble([{ code: 0x15, jumpTrue: 1, jumpFalse: 2, k: 0xc000003e }]);
    expect(bytes.toString("hex")).toBe("150001023e0000c0");
    expect(seccompProgram("x64")).toHaveLength(seccompInstructions("x64").length * 8);
  });

  it("is not made up for an architecture that it was not written for", () => {
    expect(seccompProgram("riscv64")).toBeUndefined();
  });
});
