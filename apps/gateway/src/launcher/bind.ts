import * as net from "node:net";
import { getSystemErrorName } from "node:util";

/* eslint-disable no-underscore-dangle -- Node's name */
declare module "node:net" {
  /** A bound socket that takes no connections by itself; cluster's own way to one, and not in Node's documentation. */
  function _createServerHandle(
    address: string,
    port: number,
    addressType: 4 | 6,
    descriptor: undefined,
    flags: number,
  ): BoundSocket | number;
}

export interface BoundSocket {
  readonly fd: number;
  getsockname(into: { port?: number }): number;
  close(): void;
}

/** UV_TCP_IPV6ONLY */
const IPV6_ONLY = 1;

/**
 * Binds without listening, so that the caller never takes a connection. The error's code (`EADDRINUSE`) when it
 * cannot: libuv keeps that of bind(2) until somebody asks.
 */
export function bind(host: string, port: number): { socket: BoundSocket; port: number } | string {
  const isSix = net.isIPv6(host);
  const socket = net._createServerHandle(
    host,
    port,
    isSix ? 6 : 4,
    undefined,
    isSix ? IPV6_ONLY : 0,
  );
  if (typeof socket === "number") return getSystemErrorName(socket);
  const name: { port?: number } = {};
  const error = socket.getsockname(name);
  if (error === 0) return { socket, port: name.port ?? port };
  socket.close();
  return getSystemErrorName(error);
}
/* eslint-enable no-underscore-dangle */
