import { expect, test } from "vitest";
import { onFailure } from "./monitor.ts";

const restarts = { count: 2, withinMs: 1_000 };

test("restarts in place as often as the storm limit allows, and then does what was chosen", () => {
  const monitor = { restarts, action: "switch", blockForMs: 300 } as const;
  expect(onFailure(monitor, [100], 900)).toEqual({ kind: "restart" });
  expect(onFailure(monitor, [100, 500], 900)).toEqual({ kind: "block", forMs: 300 });
  expect(onFailure(monitor, [100, 500], 1_100)).toEqual({ kind: "restart" });
  expect(onFailure({ ...monitor, action: "none" }, [100, 500], 900)).toEqual({ kind: "leave" });
  expect(onFailure({ ...monitor, action: "stay-down" }, [100, 500], 900)).toEqual({
    kind: "block",
    forMs: Number.POSITIVE_INFINITY,
  });
});
