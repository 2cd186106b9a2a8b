import { expect, it } from "vitest";
import { connectionsIn } from "./ports-held.ts";

/** As Linux 6.1 writes it. */
const TEXT = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 22222 1 0000000000000000 20 4 30 10 -1
`;

it("reads both ends of each connection, and by which descriptor it is held", () => {
  expect(connectionsIn(TEXT)).toEqual([
    { inode: "11111", localPort: 8080, remotePort: 0 },
    { inode: "22222", localPort: 8080, remotePort: 50_000 },
  ]);
});
