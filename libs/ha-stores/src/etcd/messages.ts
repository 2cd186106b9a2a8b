/**
 * Requests of etcd's v3 JSON gateway as its proto3 JSON mapping has them: bytes are base64, int64 are strings, field
 * names are those of the .proto files (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/).
 */
export type Compare =
  /** Revision "0": the key is not there. */
  | { readonly kind: "revision"; readonly key: string; readonly revision: string }
  /** False for a key that is not there. */
  | { readonly kind: "value"; readonly key: string; readonly value: string };

export type Operation =
  | { readonly kind: "get"; readonly key: string }
  | {
      readonly kind: "put";
      readonly key: string;
      readonly value: string;
      /** The etcd lease that the key ends with. */
      readonly leaseId?: string;
    }
  | { readonly kind: "delete"; readonly key: string };

export interface Transaction {
  /** All must hold; none always does. */
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

function compareMessage(compare: Compare): Record<string, string> {
  const key = base64(compare.key);
  return compare.kind === "revision"
    ? { key, target: "MOD", result: "EQUAL", mod_revision: compare.revision }
    : { key, target: "VALUE", result: "EQUAL", value: base64(compare.value) };
}

function operationMessage(operation: Operation): Record<string, Record<string, string>> {
  const key = base64(operation.key);
  switch (operation.kind) {
    case "get":
      // Linearizable unless `serializable` is set: a member without a leader cannot answer it.
      return { request_range: { key } };
    case "put": {
      const { value, leaseId } = operation;
      const lease = leaseId === undefined ? {} : { lease: leaseId };
      return { request_put: { key, value: base64(value), ...lease } };
    }
    case "delete":
    default:
      return { request_delete_range: { key } };
  }
}

export const transactionMessage = ({ compare, success, failure }: Transaction): string =>
  JSON.stringify({
    compare: compare.map(compareMessage),
    success: success.map(operationMessage),
    failure: failure.map(operationMessage),
  });

/** A watch of one key from now on: where it begins is answered by `created`, and nothing older is ever asked for. */
export const watchMessage = (key: string): string =>
  JSON.stringify({ create_request: { key: base64(key) } });

export const leaseGrantMessage = (ttlSeconds: number): string =>
  JSON.stringify({ TTL: String(ttlSeconds) });
