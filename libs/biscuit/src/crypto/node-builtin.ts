import { createRequire } from "node:module";

type NodeCrypto = typeof import("node:crypto");

let loaded: NodeCrypto | undefined;

/** Node before 20.16 and 22.3 has no `getBuiltinModule`; whose file `createRequire` is told is of no matter here. */
function load(): NodeCrypto {
  return typeof process.getBuiltinModule === "function"
    ? process.getBuiltinModule("node:crypto")
    : createRequire(process.execPath)("node:crypto");
}

/**
 * `node:crypto`, loaded at the first key: an `import` of it costs more than the rest of this library, and a program that
 * only might need tokens would pay for it at every start.
 */
export const nodeCrypto = (): NodeCrypto => (loaded ??= load());
