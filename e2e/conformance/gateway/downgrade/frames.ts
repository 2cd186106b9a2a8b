/** RFC 9113 §3.4. */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** The largest payload that every peer takes (RFC 9113 §4.2). */
const MAX_PAYLOAD = 16_384;
const HEAD_BYTES = 9;

/** RFC 9113 §6. */
export const FRAME = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One frame as bytes (RFC 9113 §4.1). */
export function frame({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Takes the whole frames from what came so far, and gives what is left over. */
export function takeFrames(bytes: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let rest = bytes;
  while (rest.length >= HEAD_BYTES) {
    const end = HEAD_BYTES + rest.readUIntBE(0, 3);
    if (rest.length < end) break;
    const [type, flags] = [rest.readUInt8(3), rest.readUInt8(4)];
    const stream = rest.readUInt32BE(5) % 2 ** 31;
    frames.push({ type, flags, stream, payload: rest.subarray(HEAD_BYTES, end) });
    rest = rest.subarray(end);
  }
  return { frames, rest };
}

/** A block of fields in as many frames as it needs. */
export function headerFrames(stream: number, block: Buffer, isEnd: boolean): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < block.length; at += MAX_PAYLOAD) {
    const payload = block.subarray(at, at + MAX_PAYLOAD);
    const isLast = at + MAX_PAYLOAD >= block.length;
    const flags = (isLast ? FLAG.endHeaders : 0) | (at === 0 && isEnd ? FLAG.endStream : 0);
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    parts.push(frame({ type, flags, stream, payload }));
  }
  return Buffer.concat(parts);
}
