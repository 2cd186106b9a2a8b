import { BODY_CASES } from "./body-cases.ts";
import { FIELD_CASES } from "./field-cases.ts";
import { PSEUDO_CASES } from "./pseudo-cases.ts";
import type { Http2Case } from "./send-http2-case.ts";

/** What a proxy has to make into one request over HTTP/1.1, or into none. */
export const DOWNGRADE_CASES: readonly Http2Case[] = [
  ...PSEUDO_CASES,
  ...FIELD_CASES,
  ...BODY_CASES,
];
