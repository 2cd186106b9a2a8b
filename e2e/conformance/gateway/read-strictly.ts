import { SMUGGLED_PATH } from "./case.ts";

/** What an upstream that takes nothing but RFC 9112 to the letter makes of the bytes it got. */
export interface Reading {
  readonly requests: number;
  /** Why somebody else could read them in another way. */
  readonly fault?: string;
  /** More has to come. */
  readonly isCut?: boolean;
}

const FIRST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP\/1\.1$/;
const FIELD =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~\x80-\xff](?:[ \t]*[!-~\x80-\xff])*)?)[ \t]*$/;
const CHUNK = /^([0-9A-Fa-f]{1,15})\r\n/;
/** Fields that a trailer may not bring (RFC 9110 §6.5.1). */
const NO_TRAILER =
  /^(?:content-length|transfer-encoding|host|authorization|x-forwarded-.*|x-bastide-.*)$/i;

class Fault extends Error {}

class Cut extends Fault {}

interface Head {
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Reads every request of one connection. */
export function readStrictly(bytes: string): Reading {
  let rest = bytes;
  let requests = 0;
  let smuggled = false;
  try {
    while (rest !== "") {
      const { head, after } = readHead(rest);
      rest = readBody(head, after);
      requests += 1;
      smuggled ||= head.target === SMUGGLED_PATH;
    }
    return smuggled ? { requests, fault: "what was in a body came as a request" } : { requests };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const isCut = fault instanceof Cut;
    return { requests, fault: fault.message, ...(isCut && { isCut }) };
  }
}

function readHead(bytes: string): { readonly head: Head; readonly after: string } {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Cut("the head has no end");
  const [first = "", ...lines] = bytes.slice(0, end).split("\r\n");
  if (!FIRST_LINE.test(first))
    throw new Fault(`the first line is no request: ${first.slice(0, 60)}`);
  const fields = lines.map((line) => {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new Fault(`a line is no field: ${line.slice(0, 60)}`);
    return [name.toLowerCase(), value] as const;
  });
  if (fields.filter(([name]) => name === "host").length !== 1)
    throw new Fault("there is not one Host");
  return { head: { target: first.split(" ")[1] ?? "", fields }, after: bytes.slice(end + 4) };
}

/** What follows the body. */
function readBody({ fields }: Head, bytes: string): string {
  const values = (wanted: string): string[] =>
    fields.flatMap(([name, value]) => (name.replaceAll("_", "-") === wanted ? [value] : []));
  const [lengths, codings] = [values("content-length"), values("transfer-encoding")];
  if (lengths.length + codings.length > 1) throw new Fault("the end of the body is told twice");
  if (codings.length === 1) {
    if (codings[0]?.toLowerCase() !== "chunked") throw new Fault(`the coding is ${codings[0]}`);
    return readChunks(bytes);
  }
  const [length = "0"] = lengths;
  if (!/^\d{1,15}$/.test(length)) throw new Fault(`the length is ${length}`);
  if (bytes.length < Number(length)) throw new Cut("the body is cut short");
  return bytes.slice(Number(length));
}

function readChunks(bytes: string): string {
  for (let rest = bytes; ;) {
    if (!rest.includes("\r\n")) throw new Cut("a chunk is cut short");
    const [line, size] = CHUNK.exec(rest) ?? [];
    if (line === undefined || size === undefined) throw new Fault("a chunk has no plain size");
    const length = Number.parseInt(size, 16);
    rest = rest.slice(line.length);
    if (length === 0) return readTrailers(rest);
    if (rest.length < length + 2) throw new Cut("a chunk is cut short");
    if (rest.slice(length, length + 2) !== "\r\n")
      throw new Fault("a chunk does not end where it says");
    rest = rest.slice(length + 2);
  }
}

function readTrailers(bytes: string): string {
  if (bytes.startsWith("\r\n")) return bytes.slice(2);
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Cut("the trailers have no end");
  for (const line of bytes.slice(0, end).split("\r\n")) {
    const [, name] = FIELD.exec(line) ?? [];
    if (name === undefined || NO_TRAILER.test(name))
      throw new Fault(`a trailer is ${line.slice(0, 60)}`);
  }
  return bytes.slice(end + 4);
}
