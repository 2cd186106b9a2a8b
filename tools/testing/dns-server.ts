import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A record's data as text: an address, a name, or `0 issue "letsencrypt.org"`. */
export type Zone = Record<
  string,
  Partial<Record<"A" | "AAAA" | "CNAME" | "CAA", readonly string[]>>
>;

const TYPES = { A: 1, CNAME: 5, AAAA: 28, CAA: 257 } as const;
type Type = keyof typeof TYPES;
const RECORDS: readonly Type[] = ["A", "AAAA", "CAA", "CNAME"];

/** A name server over UDP on the loopback interface (RFC 1035): it knows one zone, which the test may change. */
export class DnsServer implements AsyncDisposable {
  readonly zone: Zone = {};
  readonly #socket: Socket = createSocket("udp4");

  static async start(): Promise<DnsServer> {
    const server = new DnsServer();
    server.#socket.on("message", (query, { port, address }) => {
      server.#socket.send(server.#answer(query), port, address);
    });
    server.#socket.bind(0, "127.0.0.1");
    await once(server.#socket, "listening");
    return server;
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #answer(query: Buffer): Buffer {
    const { name, end } = readName(query, 12);
    const type = query.readUInt16BE(end);
    const records = this.#find(name, type);
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    // An answer, authoritative; "no such name" where the zone does not have it.
    head.writeUInt16BE(0x8400 | (this.zone[name] ? 0 : 3), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    return Buffer.concat([head, query.subarray(12, end + 4), ...records]);
  }

  /** An alias is answered with what it leads to. */
  #find(name: string, type: number): Buffer[] {
    const entry = this.zone[name];
    if (!entry) return [];
    const [alias] = entry.CNAME ?? [];
    const wanted = RECORDS.find((one) => TYPES[one] === type);
    const own = (wanted ? (entry[wanted] ?? []) : []).map((value) =>
      record(name, wanted ?? "A", value),
    );
    if (alias === undefined || wanted === "CNAME") return own;
    return [record(name, "CNAME", alias), ...this.#find(alias, type)];
  }
}

function readName(message: Buffer, from: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = from;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.subarray(at + 1, at + 1 + length).toString("latin1"));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ]);

function record(name: string, type: Type, value: string): Buffer {
  const data = DATA[type](value);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(TYPES[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

const DATA: Readonly<Record<Type, (value: string) => Buffer>> = {
  A: (value) => Buffer.from(value.split(".").map(Number)),
  AAAA: (value) =>
    Buffer.from(
      value
        .split(":")
        .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
    ),
  CNAME: encodeName,
  CAA(value) {
    const [, flags = "0", tag = "", text = ""] = /^(\d+) (\w+) "(.*)"$/.exec(value) ?? [];
    return Buffer.concat([
      Buffer.of(Number(flags), tag.length),
      Buffer.from(tag),
      Buffer.from(text),
    ]);
  },
};
