import { readFile, stat } from "node:fs/promises";
import { Biscuit, definePolicy, fact, KeyRing, PublicKey } from "@bastide/biscuit";
import { z } from "zod";
import { reasonOf } from "../journal/reason.ts";

/** Nobody but the control plane itself asks anything of an agent. */
const POLICY = definePolicy("allow if control_plane(true);");

const RootKeys = z
  .array(z.strictObject({ id: z.number().int().min(0), publicKey: z.string().max(200) }))
  .min(1)
  .max(1000);

export type Verdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly code: "unauthenticated" | "forbidden";
      readonly why: string;
    };

const BEARER = /^Bearer +([\w.~+/=-]{1,20000})$/i;

/** Decides whether the bearer of a token may use the agent's API. Root keys are read again when their file changes. */
export class ControlPlaneGuard {
  readonly #file: string;
  readonly #node: string;
  #known: { readonly mtimeMs: number; readonly ring: KeyRing } | undefined;

  /** `node`: this node's name. Tokens name the node they are for, so that one node cannot use them at another. */
  constructor(rootKeysFile: string, node: string) {
    this.#file = rootKeysFile;
    this.#node = node;
  }

  async judge(authorization: string | undefined): Promise<Verdict> {
    const token = BEARER.exec(authorization ?? "")?.[1];
    if (token === undefined)
      return { allowed: false, code: "unauthenticated", why: "send a Biscuit as a Bearer token" };
    const ring = await this.#ring();
    let parsed: Biscuit;
    try {
      parsed = Biscuit.parse(token, ring);
    } catch (error) {
      return { allowed: false, code: "unauthenticated", why: reasonOf(error) };
    }
    const facts = [fact("time", new Date()), fact("resource_node", this.#node)];
    const decision = POLICY.authorize(parsed, { facts });
    if (decision.allowed) return { allowed: true };
    const checks = decision.failedChecks.map(({ source }) => source).join("; ");
    const why = checks === "" ? decision.reason : `${decision.reason}: ${checks}`;
    return { allowed: false, code: "forbidden", why };
  }

  async #ring(): Promise<KeyRing> {
    const { mtimeMs } = await stat(this.#file);
    if (this.#known?.mtimeMs === mtimeMs) return this.#known.ring;
    const keys = RootKeys.parse(JSON.parse(await readFile(this.#file, "utf8")));
    const ring = KeyRing.of(
      keys.map(({ id, publicKey }) => ({ id, publicKey: PublicKey.fromString(publicKey) })),
    );
    this.#known = { mtimeMs, ring };
    return ring;
  }
}
