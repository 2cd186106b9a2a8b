import { resolve } from "node:path";

/** Where what Node compiled of our sources is kept (`NODE_COMPILE_CACHE`): programs that tests start from them read it at each start. */
export const COMPILED = resolve(
  process.env["BASTIDE_TEST_CACHE"] ?? resolve(import.meta.dirname, "../../node_modules/.vite"),
  "compiled",
);
