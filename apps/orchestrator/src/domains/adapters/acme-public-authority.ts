import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { rootCertificates } from "node:tls";
import type { AcmeChallenge } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import type { Authorization, Client, Order } from "acme-client";
import { DataSource } from "typeorm";
import type { Issued } from "../../certificates/domain/issued.ts";
import { Config } from "../../config.ts";
import { SecretBox } from "../../secrets/secret-box.ts";
import { AcmeAccountRow } from "../acme-account.row.ts";
import { type IssueRequest, NotIssued, PublicAuthority } from "../domain/public-authority.ts";
import { isAccountUnknown, reasonOf, retryAfterOf } from "./acme-errors.ts";

/** How often and how long the authority is asked whether it is done. */
const POLLING = { backoffAttempts: 15, backoffMin: 1_000, backoffMax: 10_000 };
const REQUEST_MS = 30_000;

type Library = typeof import("acme-client");

/** Asks an authority by ACME (RFC 8555), as the platform's one account with it. */
@Injectable()
export class AcmePublicAuthority extends PublicAuthority {
  #library: Promise<Library> | undefined;
  #agent: Agent | undefined;

  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly box: SecretBox,
  ) {
    super();
  }

  override async issue(request: IssueRequest): Promise<Issued> {
    const library = await this.#load();
    try {
      await this.#reach(request.signal);
      const { client, order } = await this.#order(library, request.domain);
      for (const authorization of await client.getAuthorizations(order))
        if (authorization.status !== "valid")
          await this.#prove(library, client, authorization, request);
      request.signal.throwIfAborted();
      return await finish(library, client, order, request.domain);
    } catch (error) {
      if (error instanceof NotIssued) throw error;
      throw new NotIssued(reasonOf(error), { cause: error, retryAfterMs: retryAfterOf(error) });
    }
  }

  /** An account that the authority has lost is made anew, with the same key, once. */
  async #order(library: Library, domain: string): Promise<{ client: Client; order: Order }> {
    const ask = async () => {
      const client = await this.#client(library);
      const order = await client.createOrder({ identifiers: [{ type: "dns", value: domain }] });
      return { client, order };
    };
    try {
      return await ask();
    } catch (error) {
      if (!isAccountUnknown(error)) throw error;
      const { directory } = this.config.acme;
      await this.database.getRepository(AcmeAccountRow).update({ directory }, { url: "" });
      return ask();
    }
  }

  /** Before the library asks, which does not tell a network's failure from its own. */
  async #reach(signal: AbortSignal): Promise<void> {
    const agent = this.#agent;
    await new Promise<void>((resolve, reject) => {
      const options = { signal, timeout: REQUEST_MS, ...(agent ? { agent } : {}) };
      const asked = get(this.config.acme.directory, options, (answer) => {
        answer.resume();
        resolve();
      });
      asked.once("error", reject);
      asked.once("timeout", () =>
        asked.destroy(new NotIssued("the certificate authority is silent")),
      );
    });
  }

  async #prove(
    library: Library,
    client: Client,
    authorization: Authorization,
    request: IssueRequest,
  ): Promise<void> {
    const { domain, kind, signal } = request;
    const challenge = authorization.challenges.find(({ type }) => type === kind);
    if (!challenge) throw new NotIssued(`the authority offers no ${kind} challenge for ${domain}`);
    const keyAuthorization = await client.getChallengeKeyAuthorization(challenge);
    const { token } = challenge;
    await request.publish(
      kind === "http-01"
        ? { kind, token, host: domain, keyAuthorization }
        : await alpnChallenge(library, authorization, token, keyAuthorization),
    );
    signal.throwIfAborted();
    await client.completeChallenge(challenge);
    await client.waitForValidStatus(challenge);
  }

  /** The account is made when the first certificate is asked for, and its key kept before it is used. */
  async #client(library: Library): Promise<Client> {
    const { directory, contact } = this.config.acme;
    const rows = this.database.getRepository(AcmeAccountRow);
    const held = await rows.findOneBy({ directory });
    const accountKey = held
      ? this.box.open(held, contextOf(directory))
      : (await library.crypto.createPrivateEcdsaKey()).toString();
    const known = held !== null && held.url !== "";
    if (!held) await rows.insert(this.#row(directory, accountKey));
    const client = new library.Client({
      directoryUrl: directory,
      accountKey,
      ...POLLING,
      ...(known ? { accountUrl: held.url } : {}),
    });
    if (!known) {
      await client.createAccount({
        termsOfServiceAgreed: true,
        ...(contact === undefined ? {} : { contact: [`mailto:${contact}`] }),
      });
      await rows.update({ directory }, { url: client.getAccountUrl() });
    }
    return client;
  }

  #row(directory: string, accountKey: string): AcmeAccountRow {
    const rows = this.database.getRepository(AcmeAccountRow);
    return rows.create({
      directory,
      url: "",
      ...this.box.seal(accountKey, contextOf(directory)),
      createdAt: new Date(),
    });
  }

  /** Loaded with the first domain: it takes 40 MB. */
  #load(): Promise<Library> {
    this.#library ??= import("acme-client").then((library) => {
      const { caFile } = this.config.acme;
      const { defaults } = library.axios;
      defaults.timeout = REQUEST_MS;
      // Its own retries wait for as long as an authority says, hours perhaps: the job's pauses are ours.
      Object.assign(defaults, { acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 1 } });
      if (caFile !== undefined) {
        const ca = [...rootCertificates, readFileSync(caFile, "utf8")];
        this.#agent = new Agent({ ca });
        defaults.httpsAgent = this.#agent;
      }
      return library;
    });
    return this.#library;
  }
}

async function alpnChallenge(
  library: Library,
  authorization: Authorization,
  token: string,
  keyAuthorization: string,
): Promise<AcmeChallenge> {
  const [key, certificate] = await library.crypto.createAlpnCertificate(
    authorization,
    keyAuthorization,
    await library.crypto.createPrivateEcdsaKey(),
  );
  const host = authorization.identifier.value;
  return { kind: "tls-alpn-01", token, host, chain: String(certificate), key: String(key) };
}

/** The certificate's key is made here and goes to no authority. */
async function finish(
  library: Library,
  client: Client,
  order: Order,
  domain: string,
): Promise<Issued> {
  const [key, csr] = await library.crypto.createCsr(
    { altNames: [domain] },
    await library.crypto.createPrivateEcdsaKey(),
  );
  const finalized = await client.finalizeOrder(order, csr);
  const chain = await client.getCertificate(finalized);
  const { validFromDate, validToDate } = new X509Certificate(chain);
  return { chain, key: String(key), notBefore: validFromDate, notAfter: validToDate };
}

const contextOf = (directory: string): readonly string[] => ["acme-account", directory];
