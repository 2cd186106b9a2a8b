type NodeCrypto = typeof import("node:crypto");

let loaded: NodeCrypto | undefined;

/**
 * `node:crypto`, loaded at the first key: an `import` of it costs more than the rest of this library, and a program that
 * only might need tokens would pay for it at every start.
 */
export const nodeCrypto = (): NodeCrypto => (loaded ??= process.getBuiltinModule("node:crypto"));
