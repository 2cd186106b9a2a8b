import { describe, expect, it } from "vitest";
import { policyFault } from "./policy-fault.ts";

describe("policyFault", () => {
  it("finds nothing wrong with a policy that compiles", () => {
    expect(policyFault('allow if role($org, "admin"), resource_org($org)')).toBeUndefined();
    expect(policyFault('deny if path("/x");\nallow if user($u);')).toBeUndefined();
  });

  it("shows the line and a caret below the place", () => {
    const fault = policyFault('allow if user($u);\n\tallow if role($org "admin")');
    expect(fault).toMatchObject({ line: 2, message: expect.any(String) });
    const [line = "", caret = ""] = fault?.excerpt?.split("\n") ?? [];
    expect(line).toBe('\tallow if role($org "admin")');
    expect(caret).toMatch(/^\t +\^$/);
    expect(line[caret.length - 1]).toBe('"');
  });
});
