import { Header, Pax } from "tar";

export interface RawEntry {
  readonly path: string;
  readonly type?:
    | "File"
    | "Directory"
    | "SymbolicLink"
    | "Link"
    | "CharacterDevice"
    | "BlockDevice"
    | "FIFO"
    | "ContiguousFile";
  readonly content?: string;
  readonly linkpath?: string;
  readonly mode?: number;
  /** Records of an extended header before the entry. */
  readonly pax?: { readonly path?: string; readonly linkpath?: string; readonly size?: number };
  /** Another type flag than the type's. */
  readonly flag?: string;
}

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((512 - (bytes.byteLength % 512)) % 512)]);

function entryBytes({
  path,
  type = "File",
  content = "",
  linkpath,
  mode = 0o644,
  pax,
  flag,
}: RawEntry): Buffer {
  const body = Buffer.from(content);
  const header = new Header({
    path,
    type,
    mode,
    uid: 0,
    gid: 0,
    size: body.byteLength,
    mtime: new Date(0),
    ...(linkpath === undefined ? {} : { linkpath }),
  });
  header.encode();
  const block = header.block ?? Buffer.alloc(512);
  if (flag !== undefined) withFlag(block, flag);
  return Buffer.concat([
    pax === undefined ? Buffer.alloc(0) : new Pax({ ...pax }).encode(),
    block,
    padded(body),
  ]);
}

function withFlag(block: Buffer, flag: string): void {
  block.write(flag, 156, 1, "latin1");
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
}

/** A tar made byte by byte, also such as no honest program makes. */
export const rawTar = (...entries: readonly RawEntry[]): Buffer =>
  Buffer.concat([...entries.map(entryBytes), Buffer.alloc(1024)]);

/** Bytes as they come from a socket: in pieces. */
export async function* pieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength; offset += size)
    yield bytes.subarray(offset, offset + size);
}
