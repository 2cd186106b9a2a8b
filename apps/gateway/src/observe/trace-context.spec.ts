import { expect, it } from "vitest";
import { isSampled, traceHeaders, traceOf } from "./trace-context.ts";

const hex = (bytes: number): string => "ab".repeat(bytes);
const trace = (traceparent?: string, tracestate?: string | string[]) =>
  traceOf(
    {
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(tracestate === undefined ? {} : { tracestate }),
    },
    hex,
    () => false,
  );
const ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

it("carries a client's trace on, with a span of our own (§3.4)", () => {
  const one = trace(`00-${ID}-${SPAN}-01`, "congo=t61rcWkgMzE");
  expect(traceHeaders(one)).toEqual({
    traceparent: `00-${ID}-${hex(8)}-01`,
    tracestate: "congo=t61rcWkgMzE",
  });
  expect(isSampled(one)).toBe(true);
  expect(isSampled(trace(`00-${ID}-${SPAN}-00`))).toBe(false);
});

it.each([
  ["absent", undefined],
  ["empty", ""],
  ["upper case", `00-${ID.toUpperCase()}-${SPAN}-01`],
  ["of no trace", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["of no span", `00-${ID}-${"0".repeat(16)}-01`],
  ["too short", `00-${ID.slice(1)}-${SPAN}-01`],
  ["of version ff", `ff-${ID}-${SPAN}-01`],
  ["of version 00 with more fields", `00-${ID}-${SPAN}-01-x`],
  ["there twice", `00-${ID}-${SPAN}-01, 00-${ID}-${SPAN}-01`],
  ["of a control character", `00-${ID}-${SPAN}-0\u0001`],
])("makes a new trace, without the client's state, where the traceparent is %s", (_, parent) => {
  const one = trace(parent, "a=b");
  expect(traceHeaders(one)).toEqual({ traceparent: `00-${hex(16)}-${hex(8)}-00` });
});

it("takes what it knows from a later version (§3.2.4)", () => {
  expect(trace(`cc-${ID}-${SPAN}-01-what-follows`).traceId).toBe(ID);
  expect(traceHeaders(trace(`cc-${ID}-${SPAN}-ff`))["traceparent"]).toMatch(/^00-.*-01$/);
});

it("leaves out a state that is empty, or no text", () => {
  expect(traceHeaders(trace(`00-${ID}-${SPAN}-01`, " "))).not.toHaveProperty("tracestate");
  expect(traceHeaders(trace(`00-${ID}-${SPAN}-01`, "a=\u0000"))).not.toHaveProperty("tracestate");
  expect(traceHeaders(trace(`00-${ID}-${SPAN}-01`, ["a=1", "b=2"]))["tracestate"]).toBe("a=1,b=2");
});

it("decides for a new trace whether it is recorded", () => {
  expect(isSampled(traceOf({}, hex, () => true))).toBe(true);
});
