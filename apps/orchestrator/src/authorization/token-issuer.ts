import { type Biscuit, biscuit, KeyPair } from "@bastide/biscuit";
import { Injectable } from "@nestjs/common";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Config } from "../config.ts";
import { readRootKeys } from "./root-keys.ts";

/** Makes the platform's own tokens. Each ends by itself: whoever holds one asks again in time. */
@Injectable()
export class TokenIssuer {
  readonly #key: KeyPair;
  readonly #rootKeyId: number;

  constructor(config: Config) {
    const file = join(config.keysDirectory, "root.key");
    this.#key = KeyPair.fromPem(readFileSync(file, "utf8"));
    const own = this.#key.publicKey.toString();
    const known = readRootKeys(config.rootKeysFile).find(
      ({ publicKey }) => publicKey.toString() === own,
    );
    if (!known)
      throw new Error(`${config.rootKeysFile} does not list the public key of ${file}, ${own}`);
    this.#rootKeyId = known.id;
  }

  /** What this orchestrator shows to one node's agent; of no use to that node at any other. */
  controlPlane(node: string, ttlSeconds: number): string {
    return this.#sign(
      biscuit`control_plane(true); check if resource_node(${node}); check if time($t), $t < ${inSeconds(ttlSeconds)};`,
    );
  }

  gateway(name: string, ttlSeconds: number): string {
    return this.#sign(biscuit`gateway(${name}); check if time($t), $t < ${inSeconds(ttlSeconds)};`);
  }

  /** All that a node may do is its own work. */
  node(name: string, expires: Date): Biscuit {
    return this.#token(
      biscuit`node(${name}); check if operation("serve-node"); check if time($t), $t < ${expires};`,
    );
  }

  /** Lets one machine ask to become a node; `id` tells tokens apart. */
  join(id: string, expires: Date): string {
    return this.#sign(
      biscuit`join(${id}); check if operation("join-node"); check if time($t), $t < ${expires};`,
    );
  }

  #sign(builder: ReturnType<typeof biscuit>): string {
    return this.#token(builder).toString();
  }

  #token(builder: ReturnType<typeof biscuit>): Biscuit {
    return builder.rootKeyId(this.#rootKeyId).sign(this.#key);
  }
}

const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
