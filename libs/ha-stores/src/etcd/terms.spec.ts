import { describe, expect, it } from "vitest";
import { Terms } from "./terms.ts";

describe("raft terms", () => {
  it("believes the same term and later ones", () => {
    const terms = new Terms(1000);
    for (const term of [2n, 2n, 5n]) expect(terms.accept(term, terms.floor(0), 0)).toBe(true);
  });

  it("refuses an earlier term for as long as the later one was seen of late", () => {
    const terms = new Terms(1000);
    terms.accept(5n, terms.floor(0), 0);
    expect(terms.accept(4n, terms.floor(900), 900)).toBe(false);
    terms.accept(5n, terms.floor(900), 900);
    expect(terms.accept(4n, terms.floor(1800), 1800)).toBe(false);
    expect(terms.accept(4n, terms.floor(1900), 1900)).toBe(true);
    expect(terms.accept(3n, terms.floor(1900), 1900)).toBe(false);
  });

  it("believes an answer that was asked for before a later term was seen", () => {
    const terms = new Terms(1000);
    const floor = terms.floor(0);
    terms.accept(5n, terms.floor(0), 0);
    expect(terms.accept(4n, floor, 1)).toBe(true);
    expect(terms.floor(1)).toBe(5n);
  });
});
