import { readFileSync } from "node:fs";
import { biscuit, KeyPair } from "@bastide/biscuit";
import { writeFileAtomically } from "../home/atomic-file.ts";
import { readHomeFile } from "../home/home-file.ts";
import { homePaths } from "../home/home.ts";

/**
 * A process of its own, run at each start and daily: signs the administrator's and the node's token. The supervisor
 * does not do it itself, so that it holds neither the root key nor the library in memory.
 */
const VALID_DAYS = 30;

const paths = homePaths(process.argv[2] ?? "");
const home = readHomeFile(paths.homeFile);
if (home === undefined) throw new Error(`${paths.homeFile} does not exist`);

const root = KeyPair.fromPem(readFileSync(paths.rootKey, "utf8"));
const until = new Date(Date.now() + VALID_DAYS * 86_400_000);
const admin = biscuit`user(${"admin"}); platform_role("admin"); check if time($t), $t < ${until};`;
const node = biscuit`node(${home.node}); check if time($t), $t < ${until};`;
writeFileAtomically(paths.adminToken, admin.rootKeyId(1).sign(root).toString(), { mode: 0o600 });
writeFileAtomically(paths.nodeToken, node.rootKeyId(1).sign(root).toString(), { mode: 0o600 });
