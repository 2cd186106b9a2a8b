/**
 * Cases of h2spec that nginx passes and the gateway does not, each with the reason. Read before something is added: it
 * is for what the gateway cannot do, or should not. A run fails when a case of these passes, so that it is taken out.
 */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map();
