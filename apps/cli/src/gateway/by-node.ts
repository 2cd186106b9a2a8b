/** What was found out at a gateway, with the node that it is on. */
export type OfNode<T> = T & { readonly node?: string };

/** As a document says it: left out where it is not known, as for a gateway that was named by its socket. */
export const ofNode = <T extends object>(node: string | undefined, value: T): OfNode<T> =>
  node === undefined ? value : { node, ...value };

/** Text of one gateway as it is; of several each below its node's name. */
export function byNode(
  parts: readonly { readonly node: string | undefined; readonly text: string }[],
): string {
  const [only] = parts;
  if (only !== undefined && parts.length === 1)
    return only.node === undefined ? only.text : `gateway on ${only.node}\n${only.text}`;
  return parts.map(({ node, text }) => `gateway on ${node}\n${text}`).join("\n\n");
}
