/** Bytes before a frame's payload (RFC 9113 §4.1). */
export const HEAD_BYTES = 9;

/** What a client sends before its first frame (RFC 9113 §3.4). */
export const PREFACE_BYTES = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;

/** Types of frames (RFC 9113 §6) that rules are about. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
} as const;

export const FLAG = { ack: 1, endStream: 1 } as const;

export interface FrameHead {
  /** Bytes of the payload. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  /** 0 for the connection. */
  readonly stream: number;
}

/** The head that begins at `at`; all of it must be there. */
export const headAt = (bytes: Buffer, at: number): FrameHead => ({
  length: bytes.readUIntBE(at, 3),
  type: bytes.readUInt8(at + 3),
  flags: bytes.readUInt8(at + 4),
  stream: streamIn(bytes, at + 5),
});

/** 31 bits; the first is reserved and ignored. */
export const streamIn = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at) % 0x8000_0000;

export const has = ({ flags }: FrameHead, flag: number): boolean => (flags & flag) !== 0;
