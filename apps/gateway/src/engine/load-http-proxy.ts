import util from "node:util";

/**
 * http-proxy 1.18 takes the deprecated `util._extend` when it is loaded, and Node then warns once per process
 * (DEP0060). It does what `Object.assign` does, so http-proxy is given that.
 */
Object.defineProperty(util, "_extend", { value: Object.assign });

/** http-proxy's class, loaded after the above. */
export const { default: HttpProxy } = await import("http-proxy");
