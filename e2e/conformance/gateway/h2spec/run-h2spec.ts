import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { DIALLED_HOST } from "../case.ts";
import type { Subject } from "../subjects.ts";

/** What became of one case. */
export interface Result {
  readonly outcome: "passed" | "failed" | "skipped";
  /** What the server did instead, frame by frame; empty unless it failed. */
  readonly seen: readonly string[];
}

/** By section and title: `http2/6.7: Sends a PING frame`. */
export type Results = ReadonlyMap<string, Result>;

/** h2spec of the version that is built here has so many; fewer in a report mean that it broke off. */
export const CASES_OF_H2SPEC = 146;

/**
 * Every case, the strict ones included, over TLS against one server. `file`: where its report is written. Throws when
 * it cannot be run or its report is not whole.
 */
export async function runH2spec(program: string, subject: Subject, file: string): Promise<Results> {
  const port = String(subject.securePort);
  const args = ["-t", "-k", "-S", "-h", DIALLED_HOST, "-p", port, "-j", file];
  const said = await new Promise<string>((resolve) => {
    // It ends with 1 when a case failed, as when it could not begin: its report tells.
    execFile(program, args, { maxBuffer: 2 ** 26 }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
  const report = await readFile(file, "latin1").catch(() => "");
  const results = readReport(report);
  if (results.size === CASES_OF_H2SPEC) return results;
  const end = said.trim().slice(-300);
  throw new Error(`h2spec told of ${results.size} of its ${CASES_OF_H2SPEC} cases: ${end}`);
}

const CASE = /<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([^]*?)<\/testcase>/g;

/** Reads the report as text: bytes of frames stand in it as they came, and no XML parser takes those. */
export function readReport(report: string): Results {
  const results = new Map<string, Result>();
  for (const [, section = "", title = "", inside = ""] of report.matchAll(CASE))
    results.set(`${section}: ${unescaped(title)}`, {
      outcome: inside.includes("<error") ? "failed" : inside.trim() === "" ? "passed" : "skipped",
      seen: unescaped(inside.replaceAll(/<[^>]*>/g, ""))
        .split("\n")
        .map((line) => line.replaceAll(/[^ -~]/g, "").trim())
        .filter((line) => line !== ""),
    });
  return results;
}

const unescaped = (text: string): string =>
  text
    .replaceAll("&#34;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
