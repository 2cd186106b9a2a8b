import type { Case } from "./case.ts";
import { CHUNK_CASES } from "./chunk-cases.ts";
import { FRAMING_CASES } from "./framing-cases.ts";
import { HEAD_CASES } from "./head-cases.ts";
import { HOP_CASES } from "./hop-cases.ts";

/** Every request over HTTP/1.1. */
export const CASES: readonly Case[] = [
  ...FRAMING_CASES,
  ...CHUNK_CASES,
  ...HEAD_CASES,
  ...HOP_CASES,
];
