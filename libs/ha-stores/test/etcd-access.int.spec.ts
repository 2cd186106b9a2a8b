import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { LeaseStoreUnavailable } from "@bastide/ha";
import { EtcdLeaseStore } from "@bastide/ha-stores";
import { describe, expect, test } from "vitest";
import { EtcdCluster } from "../../../tools/testing/etcd.ts";

const run = promisify(execFile);
const signal = () => AbortSignal.timeout(30_000);
const request = { name: "services/web", holder: "a", ttlMs: 60_000, aboveEpoch: 0 };

/** An authority, and a certificate of it for 127.0.0.1 and for clients. */
async function certificates(directory: string) {
  const file = (name: string) => join(directory, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const openssl = (...args: readonly string[]) => run("openssl", ["req", "-x509", ...key, ...args]);
  const extensions = [
    "subjectAltName=IP:127.0.0.1",
    "basicConstraints=critical,CA:FALSE",
    "extendedKeyUsage=serverAuth,clientAuth",
  ];
  await openssl("-subj", "/CN=Authority", "-keyout", file("ca.key"), "-out", file("ca.pem"));
  await openssl(
    ...`-subj /CN=leases -keyout ${file("leaf.key")} -out ${file("leaf.pem")}`.split(" "),
    ...`-CA ${file("ca.pem")} -CAkey ${file("ca.key")}`.split(" "),
    ...extensions.flatMap((extension) => ["-addext", extension]),
  );
  const [ca, cert, privateKey] = await Promise.all(
    ["ca.pem", "leaf.pem", "leaf.key"].map((name) => readFile(file(name), "utf8")),
  );
  return { file, ca: ca ?? "", cert: cert ?? "", key: privateKey ?? "" };
}

test("talks TLS both ways, and to nobody whose certificate it does not trust", async () => {
  const directory = await mkdtemp("/tmp/bastide-etcd-tls-");
  try {
    const { file, ca, cert, key } = await certificates(directory);
    await using cluster = await EtcdCluster.start({
      size: 1,
      scheme: "https",
      extra: [
        `--cert-file=${file("leaf.pem")}`,
        `--key-file=${file("leaf.key")}`,
        `--trusted-ca-file=${file("ca.pem")}`,
        "--client-cert-auth",
      ],
    });
    const { endpoints } = cluster;
    using store = new EtcdLeaseStore({ endpoints, tls: { ca, cert, key }, attemptMs: 5000 });
    expect(await store.tryAcquire(request, signal())).toMatchObject({ kind: "granted" });
    using anonymous = new EtcdLeaseStore({ endpoints, tls: { ca } });
    await expect(anonymous.read(request.name, signal())).rejects.toThrow(LeaseStoreUnavailable);
    using wary = new EtcdLeaseStore({ endpoints, tls: { cert, key } });
    await expect(wary.read(request.name, signal())).rejects.toThrow(/certificate.*To do: /s);
  } finally {
    await rm(directory, { recursive: true });
  }
});

describe("users of etcd", () => {
  const root = { username: "root", password: "root's own" };
  const user = { username: "leases", password: "s3cret-of-leases" };

  async function protect(cluster: EtcdCluster, prefix: string): Promise<void> {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const call = (path: string, body: unknown) => cluster.member(0).call(`/v3/auth/${path}`, body);
    const permission = {
      permType: "READWRITE",
      key: base64(prefix),
      range_end: base64(`${prefix.slice(0, -1)}0`),
    };
    for (const { username, password } of [root, user])
      await call("user/add", { name: username, password });
    await call("user/grant", { user: "root", role: "root" });
    await call("role/add", { name: "leases" });
    await call("role/grant", { name: "leases", perm: permission });
    await call("user/grant", { user: "leases", role: "leases" });
    await call("enable", {});
  }

  test("needs a role on its prefix alone, and gets a new token where the old one is unknown", async () => {
    await using cluster = await EtcdCluster.start({ size: 1 });
    const { endpoints } = cluster;
    await cluster.member(0).call("/v3/auth/role/add", { name: "root" });
    await protect(cluster, "/bastide/ha/");
    using store = new EtcdLeaseStore({ endpoints, credentials: user, attemptMs: 5000 });
    const answer = await store.tryAcquire(request, signal());
    if (answer.kind !== "granted") throw new Error("the lease was held");
    const { grant } = answer;
    const watching = new AbortController();
    const records = store.watch(request.name, watching.signal);
    expect(await records.next()).toMatchObject({ value: { holder: "a" } });
    // Tokens are in the memory of the member.
    await cluster.killAll();
    await cluster.startAll();
    expect(await store.renew(grant, signal())).toEqual({ kind: "renewed" });
    await store.release(grant, signal());
    expect(await records.next()).toEqual({
      value: { name: request.name, epoch: grant.epoch },
      done: false,
    });
    watching.abort();
    await records.return();
  });

  test("says what is wrong with a user, and nothing of the password", async () => {
    await using cluster = await EtcdCluster.start({ size: 1 });
    const { endpoints } = cluster;
    const why = async (options: Partial<ConstructorParameters<typeof EtcdLeaseStore>[0]>) => {
      using store = new EtcdLeaseStore({ endpoints, attemptMs: 5000, ...options });
      return String(await store.read(request.name, signal()).catch((error: unknown) => error));
    };
    expect(await why({ credentials: user })).toMatch(/not enabled.*give no credentials/s);
    await cluster.member(0).call("/v3/auth/role/add", { name: "root" });
    await protect(cluster, "/bastide/ha/");
    expect(await why({})).toMatch(/LeaseStoreUnavailable.*check the user and the password/s);
    const wrong = await why({ credentials: { ...user, password: "wr0ng-secret" } });
    expect(wrong).toMatch(/LeaseStoreUnavailable.*check the user and the password/s);
    expect(wrong).not.toContain("wr0ng-secret");
    expect(await why({ credentials: user, prefix: "/elsewhere/" })).toMatch(
      /permission denied.*role read and write on the prefix/s,
    );
  });
});
