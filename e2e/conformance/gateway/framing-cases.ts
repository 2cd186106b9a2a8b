import { type Case, HOST, type Meant, request, SMUGGLED, visible } from "./case.ts";

const POST = "POST /framing HTTP/1.1";
const TO = `Host: ${HOST}`;

const LENGTHS: readonly (readonly [string, Meant])[] = [
  ["5", "pass"], ["5 ", "pass"], ["\t5", "pass"], ["05", "either"], ["5, 5", "either"], ["5,5", "either"],
  ["5, 6", "refuse"], ["5,", "refuse"], [",5", "refuse"], ["+5", "refuse"], ["-5", "refuse"], ["0x5", "refuse"],
  ["5 5", "refuse"], ["5;", "refuse"], ["", "refuse"], ["5.0", "refuse"], ["5e0", "refuse"], ["five", "refuse"],
  ["99999999999999999999999", "refuse"], ["18446744073709551621", "refuse"], ["5\x0b", "refuse"],
  ["5\0", "refuse"], ["\xb25", "refuse"], ["5\x00, 5", "refuse"], ["'5'", "refuse"], ["0_5", "refuse"],
]; // prettier-ignore

/** RFC 9110 §8.6, RFC 9112 §6.3: one value of digits, or a list of the same. */
const lengths = LENGTHS.map(([value, meant]): Case => ({
  name: `Content-Length: ${visible(value)}`,
  source: "RFC 9112 §6.3",
  bytes: request([POST, TO, `Content-Length: ${value}`], "hello"),
  meant,
}));

const TWO_LENGTHS: readonly (readonly [string, string, Meant])[] = [
  ["5", "5", "either"], ["5", "6", "refuse"], ["5", "0", "refuse"], ["0", "5", "refuse"], ["5", "five", "refuse"], ["", "5", "refuse"],
]; // prettier-ignore

const severalLengths = TWO_LENGTHS.map(([first, second, meant]): Case => ({
  name: `Content-Length: ${first}, then ${second}`,
  source: "RFC 9112 §6.3",
  bytes: request([POST, TO, `Content-Length: ${first}`, `Content-Length: ${second}`], "hello"),
  meant,
}));

/** As values of Transfer-Encoding. Those that end in `chunked` and say something before it may be refused for what they say. */
const CODINGS: readonly (readonly [string, Meant])[] = [
  ["chunked", "pass"], ["Chunked", "pass"], ["CHUNKED", "pass"], [" \tchunked", "pass"], ["chunked \t", "pass"],
  ["gzip, chunked", "either"], ["identity, chunked", "either"], [", chunked", "either"], ["chunked,", "either"],
  ["x, chunked", "either"], ["identity", "refuse"], ["gzip", "refuse"], ["chunked, identity", "refuse"],
  ["chunked, gzip", "refuse"], ["chunked, chunked", "refuse"], ["xchunked", "refuse"], ["chunkedx", "refuse"], ["chunk", "refuse"],
  ["\x0bchunked", "refuse"], ["chunked\x0b", "refuse"], ["chunked\0", "refuse"], ["\0chunked", "refuse"], ["'chunked'", "refuse"],
  ['"chunked"', "refuse"], ["chunked;q=1", "refuse"], ["chunked; a", "refuse"], ["chu nked", "refuse"], ["", "refuse"],
  ["chunked\x0c", "refuse"], ["chunk\xe9d", "refuse"], ["\xa0chunked", "refuse"], ["chunked\x7f", "refuse"], ["chunked\r", "refuse"],
]; // prettier-ignore

const CHUNKED_BODY = "5\r\nhello\r\n0\r\n\r\n";

const codings = CODINGS.map(([value, meant]): Case => ({
  name: `Transfer-Encoding: ${visible(value)}`,
  source: "RFC 9112 §6.1",
  bytes: request([POST, TO, `Transfer-Encoding: ${value}`], CHUNKED_BODY),
  meant,
}));

/** RFC 9112 §6.3: with both there may be smuggling; whoever passes it on leaves the length out, and closes afterwards. */
const bothWays = CODINGS.flatMap(([value, meant]): Case[] => {
  const coding = `Transfer-Encoding: ${value}`;
  const body = `0\r\n\r\n${SMUGGLED}`;
  const length = `Content-Length: ${body.length}`;
  const both = meant === "pass" ? "either" : meant;
  const source = "RFC 9112 §6.3";
  const name = `${visible(coding)} with Content-Length`;
  return [
    { name: `${name} before it`, source, bytes: request([POST, TO, length, coding], body), meant: both },
    { name: `${name} after it`, source, bytes: request([POST, TO, coding, length], body), meant: both },
  ]; // prettier-ignore
});

/** Lines that some take for Transfer-Encoding and others do not, beside a length that covers another request. */
const LINES: readonly (readonly [string, Meant, string])[] = [
  ["Transfer-Encoding : chunked", "refuse", "RFC 9112 §5.1"],
  ["Transfer-Encoding\t: chunked", "refuse", "RFC 9112 §5.1"],
  [" Transfer-Encoding: chunked", "refuse", "RFC 9112 §2.2"],
  ["\tTransfer-Encoding: chunked", "refuse", "RFC 9112 §5.2"],
  ["X: y\nTransfer-Encoding: chunked", "refuse", "RFC 9112 §2.2"],
  ["X: y\rTransfer-Encoding: chunked", "refuse", "RFC 9112 §2.2"],
  ["X: y\r\n\tTransfer-Encoding: chunked", "either", "RFC 9112 §5.2"],
  ["Transfer-Encoding:\r\n chunked", "either", "RFC 9112 §5.2"],
  ["Transfer-Encoding:\n chunked", "refuse", "RFC 9112 §2.2"],
  ["Transfer-Encoding\0: chunked", "refuse", "RFC 9110 §5.1"],
  ["\x0bTransfer-Encoding: chunked", "refuse", "RFC 9110 §5.1"],
  ["\xefTransfer-Encoding: chunked", "refuse", "RFC 9110 §5.1"],
  ["Transfer-Encoding\xa0: chunked", "refuse", "RFC 9110 §5.1"],
  ["Transfer-Encoding; chunked", "refuse", "RFC 9112 §5"],
  ["Transfer-Encoding chunked", "refuse", "RFC 9112 §5"],
  ["Transfer Encoding: chunked", "refuse", "RFC 9110 §5.1"],
  ["Transfer_Encoding: chunked", "either", "RFC 9110 §5.1"],
  ["X-Transfer-Encoding: chunked", "either", "RFC 9110 §5.1"],
  ["Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "refuse", "RFC 9112 §6.1"],
  ["Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "either", "RFC 9112 §6.1"],
  ["Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "refuse", "RFC 9112 §6.1"],
  ["Transfer-Encoding: chunked\r\nTransfer-Encoding:", "either", "RFC 9112 §6.1"],
  ["Transfer-Encoding: chunked\r\ntransfer-encoding: x", "refuse", "RFC 9112 §6.1"],
];

const lines = LINES.map(([line, meant, source]): Case => {
  const body = `0\r\n\r\n${SMUGGLED}`;
  return {
    name: `${visible(line)} beside a length`,
    source,
    bytes: request([POST, TO, `Content-Length: ${body.length}`, line], body),
    meant,
  };
});

/** Everything about where a body ends. */
export const FRAMING_CASES: readonly Case[] = [
  ...lengths,
  ...severalLengths,
  ...codings,
  ...bothWays,
  ...lines,
  {
    name: "Transfer-Encoding over HTTP/1.0",
    source: "RFC 9112 §6.1",
    bytes: request(["POST /framing HTTP/1.0", TO, "Transfer-Encoding: chunked"], CHUNKED_BODY),
    meant: "refuse",
  },
  {
    name: "a body of GET with a request in it",
    source: "RFC 9110 §9.3.1",
    bytes: request(["GET /framing HTTP/1.1", TO, `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    meant: "either",
  },
  {
    name: "two requests, one after the other",
    source: "RFC 9112 §9.3.2",
    bytes: request(["GET /first HTTP/1.1", TO]) + request(["GET /second HTTP/1.1", TO]),
    meant: "pass",
    requests: 2,
  },
  {
    name: "a request after a body of chunks",
    source: "RFC 9112 §9.3.2",
    bytes:
      request([POST, TO, "Transfer-Encoding: chunked"], CHUNKED_BODY) +
      request(["GET /second HTTP/1.1", TO]),
    meant: "pass",
    requests: 2,
  },
];
