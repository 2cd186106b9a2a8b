import { Problem } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { REFUSAL_KINDS, refusal } from "./refusal.ts";
import { render } from "./render.ts";

const unknown = refusal("unknown-host", "no app answers at <script>.localhost");

describe("render", () => {
  it("gives programs problem details that the platform's client understands", () => {
    for (const kind of REFUSAL_KINDS) {
      const { status, headers, body } = render(refusal(kind, "why"), "application/json, */*");
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(Problem.parse(JSON.parse(body))).toMatchObject({ status, detail: "why" });
    }
  });

  it("gives browsers a page without scripts, with everything escaped", () => {
    const { headers, body } = render(unknown, "text/html,application/xhtml+xml");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(body).toContain("&lt;script&gt;.localhost");
    expect(body).not.toContain("<script");
  });

  it("gives everybody else one line, with its length in bytes", () => {
    const { headers, body } = render(refusal("starting", "no – wait"), undefined);
    expect(body).toBe("The app is starting: no – wait\n");
    expect(headers["content-length"]).toBe(String(Buffer.byteLength(body)));
    expect(headers["retry-after"]).toBe("1");
  });
});
