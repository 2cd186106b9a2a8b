import { HOST, type Meant, SMUGGLED, visible } from "../case.ts";
import type { Field } from "./hpack.ts";
import type { Http2Case } from "./send-http2-case.ts";

const POST: readonly Field[] = [
  [":method", "POST"],
  [":scheme", "https"],
  [":path", "/body"],
  [":authority", HOST],
];
const BODY = ["hel", "lo"];
/** The body that is a request, to its end. */
const WHOLE = /GET \/smuggled HTTP\/1\.1\r\nHost: app\.localhost\r\n\r\n/;

/** Said of a body of five bytes (RFC 9113 §8.1.1): a length that is not the sum of the DATA frames is malformed. */
const LENGTHS: readonly (readonly [readonly string[], Meant])[] = [
  [["5"], "pass"], [["4"], "refuse"], [["6"], "refuse"], [["0"], "refuse"], [["500"], "refuse"], [["05"], "either"], [["5", "5"], "either"], [["5", "6"], "refuse"],
  [["6", "5"], "refuse"], [["5, 5"], "either"], [["+5"], "refuse"], [["-5"], "refuse"], [["0x5"], "refuse"], [["5.0"], "refuse"], [["5 5"], "refuse"],
  [["5;"], "refuse"], [[""], "refuse"], [["five"], "refuse"], [["5\0"], "refuse"], [["\xb25"], "refuse"], [["99999999999999999999"], "refuse"],
  [["18446744073709551621"], "refuse"], [["4294967301"], "refuse"], [["5\r\ntransfer-encoding: chunked"], "refuse"],
]; // prettier-ignore

/** After a body of five bytes. */
const TRAILERS: readonly (readonly [readonly Field[], Meant])[] = [
  [[["x-sum", "1"]], "pass"],
  [[], "either"],
  [[["content-length", "3"]], "either"],
  [[["transfer-encoding", "chunked"]], "refuse"],
  [[["host", "evil"]], "either"],
  [[["authorization", "evil"]], "either"],
  [[["x-bastide-user", "evil"]], "either"],
  [[["x-forwarded-for", "evil"]], "either"],
  [[["connection", "evil"]], "refuse"],
  [[["te", "evil"]], "refuse"],
  [[[":path", "/evil"]], "refuse"],
  [[[":method", "GET"]], "refuse"],
  [[[":evil", "1"]], "refuse"],
  [[["X-Sum", "evil"]], "refuse"],
  [[["x-sum", "1\r\nX: evil"]], "refuse"],
  [[["x-sum\r\nevil", "1"]], "refuse"],
  [[["x-sum", `1\r\n\r\n${SMUGGLED}evil`]], "refuse"],
]; // prettier-ignore

const told = (fields: readonly Field[]): string =>
  visible(fields.map((field) => field.join(": ")).join(" then ")) || "without a field";

const request = (
  name: string,
  more: Pick<Http2Case, "meant"> & Partial<Http2Case>,
  fields: readonly Field[] = [],
): Http2Case => ({
  name: `HTTP/2 ${name}`,
  source: "RFC 9113 §8.1",
  fields: [...POST, ...fields],
  ...more,
});

/** Everything about where a body ends. */
export const BODY_CASES: readonly Http2Case[] = [
  ...LENGTHS.map(([values, meant]) =>
    request(
      `content-length: ${visible(values.join(", then "))}`,
      { source: "RFC 9113 §8.1.1", data: BODY, meant },
      values.map((value): Field => ["content-length", value]),
    ),
  ),
  ...TRAILERS.map(([trailers, meant]) =>
    request(`trailers ${told(trailers)}`, {
      data: BODY,
      trailers,
      meant,
      withheld: /evil/,
      isOneField: true,
    }),
  ),
  request("a body without a length", { data: BODY, meant: "pass" }),
  request("an empty body without a length", { data: [""], meant: "pass" }),
  request("a length without a body", { meant: "refuse" }, [["content-length", "5"]]),
  request("trailers that are not the end", {
    data: BODY,
    trailers: [["x-sum", "1"]],
    isOpen: true,
    meant: "refuse",
  }),
  request("trailers after a length", { data: BODY, trailers: [["x-sum", "1"]], meant: "pass" }, [
    ["content-length", "5"],
  ]),
  request(
    "trailers before the length is reached",
    { data: ["hel"], trailers: [["x-sum", "1"]], meant: "refuse" },
    [["content-length", "5"]],
  ),
  request("a body that is a request", { data: [SMUGGLED], meant: "pass", carried: WHOLE }),
  // Passed on as what its length says, before anything else has come.
  request("a request behind a length of nought", { data: [SMUGGLED], meant: "either" }, [
    ["content-length", "0"],
  ]),
  request("a body that looks like the last chunk and a request", {
    data: [`0\r\n\r\n${SMUGGLED}`],
    meant: "pass",
    carried: WHOLE,
  }),
  request(
    "chunked, and a body that looks like the last chunk and a request",
    { data: [`0\r\n\r\n${SMUGGLED}`], meant: "refuse" },
    [["transfer-encoding", "chunked"]],
  ),
  request("chunked beside a length", { data: [`0\r\n\r\n${SMUGGLED}`], meant: "refuse" }, [
    ["content-length", String(SMUGGLED.length + 5)],
    ["transfer-encoding", "chunked"],
  ]),
  ...["GET", "HEAD", "DELETE", "OPTIONS"].map((method): Http2Case => ({
    name: `HTTP/2 a body of ${method} that is a request`,
    source: "RFC 9110 §9.3.1",
    fields: [[":method", method], ...POST.slice(1)],
    data: [SMUGGLED],
    meant: "either",
  })),
];
