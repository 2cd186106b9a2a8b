/** Of the PING in the notice. */
export const NOTICE_PING: Buffer = Buffer.from("goodbye!");

const GOAWAY = Buffer.from("0000080700000000007fffffff00000000", "hex");
const PING = Buffer.concat([Buffer.from("000008060000000000", "hex"), NOTICE_PING]);

/**
 * Says to a client that its connection will end: a GOAWAY without an error that leaves every stream which is on its way, and
 * a PING, whose answer comes behind all that the client had sent before it knew (RFC 9113 §6.8). Node has no words for the
 * first: it takes no new stream once it has sent a GOAWAY.
 */
export const SHUTDOWN_NOTICE: Buffer = Buffer.concat([GOAWAY, PING]);
