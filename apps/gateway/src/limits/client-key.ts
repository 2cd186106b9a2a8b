import { clientAddress } from "../exchange/upstream-headers.ts";

/** Groups of 16 bits that name a network: whoever has one IPv6 address has its whole /64 (RFC 4291 §2.5.4). */
const NETWORK_GROUPS = 4;

/** Who shares a client's allowance: an IPv4 address, or an IPv6 network of 64 bits. */
export function clientKey(remoteAddress: string | undefined): string {
  const address = clientAddress(remoteAddress).replace(/%.*$/, "");
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/64`;
}

const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
