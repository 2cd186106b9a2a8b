/**
 * Classic BPF as seccomp uses it: linux/filter.h and linux/bpf_common.h. Only the four instructions that a filter of
 * ours needs.
 */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

export const OPCODE = {
  /** BPF_LD | BPF_W | BPF_ABS: A = the 32-bit word at offset k of struct seccomp_data. */
  load: 0x20,
  /** BPF_JMP | BPF_JEQ | BPF_K */
  jumpEqual: 0x15,
  /** BPF_JMP | BPF_JGE | BPF_K */
  jumpAtLeast: 0x35,
  /** BPF_JMP | BPF_JSET | BPF_K */
  jumpAnyBit: 0x45,
  /** BPF_RET | BPF_K */
  return: 0x06,
} as const;

const INSTRUCTION_BYTES = 8;

export function load(offset: number): Instruction {
  return { code: OPCODE.load, jumpTrue: 0, jumpFalse: 0, k: offset };
}

export function done(action: number): Instruction {
  return { code: OPCODE.return, jumpTrue: 0, jumpFalse: 0, k: action };
}

/** Returns `action` where the test holds, else goes on after it. Short jumps only, so that none can overflow. */
export function returnIf(
  test: "jumpEqual" | "jumpAtLeast" | "jumpAnyBit",
  k: number,
  action: number,
): Instruction[] {
  return [{ code: OPCODE[test], jumpTrue: 0, jumpFalse: 1, k }, done(action)];
}

/** Returns `action` where A differs from `k`, else goes on after it. */
export function returnUnlessEqual(k: number, action: number): Instruction[] {
  return [{ code: OPCODE.jumpEqual, jumpTrue: 1, jumpFalse: 0, k }, done(action)];
}

/** Runs `body`, which must end in a return, where A equals `k`. */
export function whenEqual(k: number, body: readonly Instruction[]): Instruction[] {
  return [{ code: OPCODE.jumpEqual, jumpTrue: 0, jumpFalse: body.length, k }, ...body];
}

/** struct sock_filter[], in the byte order of both architectures that we know. */
export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  program.forEach((instruction, index) => {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(instruction.code, at);
    bytes.writeUInt8(instruction.jumpTrue, at + 2);
    bytes.writeUInt8(instruction.jumpFalse, at + 3);
    bytes.writeUInt32LE(instruction.k, at + 4);
  });
  return bytes;
}
