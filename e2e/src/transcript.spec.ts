import { describe, expect, it } from "vitest";
import { isProgress, isStillGoing, masked, stepsOf } from "./transcript.ts";

it("a session is its commands, each with what it printed", () => {
  expect(stepsOf("before\n$ one\na\n\nb\n$ two")).toEqual([
    { command: "one", lines: ["a", "b"] },
    { command: "two", lines: [] },
  ]);
});

describe("a masked line", () => {
  it.each([
    ["✓ building  0.05 s", "✓ building  11.2 s"],
    ["✓ uploading hello  0.03 s  3 files, 4.1 kB", "✓ uploading hello  2.00 s  3 files, 912 B"],
    ["web      63f1ccde606e  v2       ready", "web  0123456789ab  v2  ready"],
    ["web  63f1ccde606e  v2  ready  0          vm", "web  0123456789ab  v2  ready  0  54.1 MB  vm"],
    ["web.606e GET /", "web.01ab GET /"],
    ["http://hello.localhost:8080", "http://hello.localhost:21345"],
    ["agent  1  2026-11-27T10:36:02.969Z  0", "agent  16464  2027-01-01T00:00:00.000Z  2"],
    [
      "vm  ready  2  2  25.3 GB  6.18.44-fc-v669  2026-11-27 10:36:08",
      "vm  ready  9  64  500 MB  6.1.0-amd64  2027-01-01 00:00:00",
    ],
  ])("%j is the same as %j", (one, another) => expect(masked(one)).toBe(masked(another)));

  it.each([
    ["✓ building  0.05 s", "✓ starting  0.05 s"],
    ["hello v1 is deployed in 0.26 s", "hello v2 is deployed in 0.26 s"],
    ["gateway  well  2026-11-27T10:36:05.678Z  ready", "gateway  well  <time>  ready on vm"],
    ["✓ uploading hello  0.03 s  3 files, 4.1 kB", "✓ uploading hello  0.03 s  4 files, 4.1 kB"],
  ])("%j is not the same as %j", (one, another) => expect(masked(one)).not.toBe(masked(another)));
});

it("phases and log lines are progress, and answers are not", () => {
  expect(["✓ building  1 s", "    artefact", "  web: node", "hello v1"].map(isProgress)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it("knows what is said only where a phase lasts", () => {
  expect(
    ["… PostgreSQL  1.0 s so far", "✓ PostgreSQL  1.2 s", "so far so good"].map(isStillGoing),
  ).toEqual([true, false, false]);
});
