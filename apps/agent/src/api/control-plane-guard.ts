import { readFile, stat } from "node:fs/promises";
import { definePolicy, fact, KeyRing, PublicKey, TokenVerifier } from "@bastide/biscuit";
import {
  type Admission,
  type HttpMessage,
  RequestGate,
  requirementOf,
} from "@bastide/biscuit/http";
import { z } from "zod";
import type { Journal } from "../journal/journal.ts";

/** Nobody but the control plane itself asks anything of an agent. */
const POLICY = definePolicy("allow if control_plane(true);");

const RootKeys = z
  .array(z.strictObject({ id: z.number().int().min(0), publicKey: z.string().max(200) }))
  .min(1)
  .max(1000);

/** Decides whether the bearer of a token may use the agent's API. Root keys are read again when their file changes. */
export class ControlPlaneGuard {
  readonly #file: string;
  readonly #gate: RequestGate<HttpMessage>;
  readonly #requirement;
  #known: { readonly mtimeMs: number; readonly verifier: TokenVerifier } | undefined;

  /** `node`: this node's name. Tokens name the node they are for, so that one node cannot use them at another. */
  constructor(rootKeysFile: string, node: string, journal: Journal) {
    this.#file = rootKeysFile;
    this.#requirement = requirementOf<HttpMessage>(POLICY, () => [fact("resource_node", node)]);
    this.#gate = new RequestGate<HttpMessage>({
      verifier: { verify: async (text) => (await this.#verifier()).verify(text) },
      realm: "bastide-agent",
      // Nobody has a token of this platform's but the control plane and those it knows.
      mayKnowWhy: () => true,
      // Each allowed call leaves a trace in what it does; the refused ones would leave none.
      audit: (event) => {
        if (event.outcome === "refused") journal.warn("a caller was refused", { ...event });
      },
    });
  }

  /** Throws when the file of root keys cannot be read. */
  admit(message: HttpMessage, action: string): Promise<Admission> {
    const asked = { request: message, message, action };
    return this.#gate.admit(asked, (token) => this.#requirement(token, message, this.#gate.now()));
  }

  async #verifier(): Promise<TokenVerifier> {
    const { mtimeMs } = await stat(this.#file);
    if (this.#known?.mtimeMs === mtimeMs) return this.#known.verifier;
    const keys = RootKeys.parse(JSON.parse(await readFile(this.#file, "utf8")));
    const ring = KeyRing.of(
      keys.map(({ id, publicKey }) => ({ id, publicKey: PublicKey.fromString(publicKey) })),
    );
    const verifier = new TokenVerifier({ keys: ring });
    this.#known = { mtimeMs, verifier };
    return verifier;
  }
}
