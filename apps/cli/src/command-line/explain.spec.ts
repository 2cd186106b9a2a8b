import { ApiError, ApiUnreachable, problem, type ProblemCode } from "@bastide/contracts";
import { expect, it } from "vitest";
import { EXIT_CODES } from "./exit-codes.ts";
import { explain } from "./explain.ts";

it.each([
  ["unauthenticated", 4],
  ["forbidden", 4],
  ["not-found", 5],
  ["name-taken", 6],
  ["deployment-in-progress", 6],
  ["unavailable", 3],
  ["internal", 1],
  ["too-large", 1],
] as const satisfies readonly (readonly [ProblemCode, number])[])(
  "the API's %s ends with exit code %i",
  (code, exitCode) => {
    const failure = explain(new ApiError(problem(code, "the fact")));
    expect(failure).toMatchObject({ exitCode, message: `the fact (${code})` });
  },
);

it("shows which fields were wrong and why the policy refused", () => {
  const error = new ApiError(
    problem("forbidden", "no", {
      errors: [{ path: "name", message: "too long" }],
      why: ["check 1 failed"],
    }),
  );
  expect(explain(error).details).toEqual(["name: too long", "check 1 failed"]);
});

it("shows where Datalog is wrong, and ends as for any other command line that is not valid", () => {
  const excerpt = 'allow if role("x"\n                 ^';
  const errors = [{ path: "body.policy", message: "expected )", line: 1, column: 18, excerpt }];
  expect(explain(new ApiError(problem("invalid-request", "no policy", { errors })))).toMatchObject({
    exitCode: 2,
    details: ["body.policy: expected )", 'allow if role("x"', "                 ^"],
    fix: expect.stringContaining("docs/biscuit.md"),
  });
});

it("says what to do when the platform cannot be reached or the disk is full", () => {
  expect(explain(new ApiUnreachable("x cannot be reached"))).toMatchObject({
    exitCode: 3,
    fix: expect.stringContaining("bastide up"),
  });
  const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
  expect(explain(full).fix).toContain("free some space");
});

it("gives every reason an exit code of its own", () => {
  const codes = Object.values(EXIT_CODES).map(([code]) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
