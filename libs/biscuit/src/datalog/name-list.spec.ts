import { describe, expect, it } from "vitest";
import { NameList } from "./name-list.ts";
import { PredicateTable } from "./predicate-table.ts";

const names = Array.from({ length: 40 }, (_, i) => `name${i}`);

describe("a list of names", () => {
  it("knows where each stands, whether it walks or looks up", () => {
    const list = new NameList();
    for (const [i, name] of names.entries()) {
      expect(list.find(name)).toBe(-1);
      expect(list.push(name)).toBe(i);
      for (let k = 0; k <= i; k++) expect(list.find(names[k] ?? "")).toBe(k);
    }
  });

  it("with one more name leaves the first list as it is, and the later place counts", () => {
    const list = new NameList(["a", "b"]);
    const longer = list.with("a");
    expect([list.find("a"), list.size]).toEqual([0, 2]);
    expect([longer.find("a"), longer.find("b")]).toEqual([2, 1]);
  });
});

describe("a table of predicates", () => {
  it("numbers each name and arity once, whether it walks or looks up", () => {
    const table = new PredicateTable();
    const all = names.flatMap((name) => [1, 2].map((arity) => ({ name, arity })));
    for (const [i, { name, arity }] of all.entries()) {
      expect(table.find(name, arity)).toBeUndefined();
      expect(table.add(name, arity)).toBe(i);
    }
    expect(all.map(({ name, arity }) => table.add(name, arity))).toEqual([...all.keys()]);
    expect(table.entries).toEqual(all);
  });
});
