import type { Certificate } from "@bastide/contracts";
import { Authority, type Life, lifeOf, type Pair } from "../../../../tools/testing/authority.ts";

export type { Pair };

/** An authority of a test, whose certificates come as a gateway gets them. */
export class TestAuthority {
  readonly #authority: Authority;

  private constructor(authority: Authority) {
    this.#authority = authority;
  }

  static async make(name: string): Promise<TestAuthority> {
    return new TestAuthority(await Authority.make(name));
  }

  get pem(): string {
    return this.#authority.pem;
  }

  /** As the stream brings it. */
  async certificate(
    hosts: readonly string[],
    more: Partial<Certificate> & { life?: Life } = {},
  ): Promise<Certificate> {
    const { life, ...rest } = more;
    const { notBefore, notAfter } = lifeOf(life ?? {});
    return {
      name: `private-ca:${hosts[0]}`,
      hosts: [...hosts],
      ...(await this.pair(`CN=${hosts[0]}`, hosts, life)),
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      source: "private-ca",
      ...rest,
    };
  }

  pair(subject: string, hosts: readonly string[], life: Life = {}): Promise<Pair> {
    return this.#authority.pair(subject, hosts, life);
  }
}
