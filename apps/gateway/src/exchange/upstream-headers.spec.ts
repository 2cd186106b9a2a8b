import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { clientAddress, hasBody, upstreamHeaders } from "./upstream-headers.ts";

function requestWith(headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, { host: "shop.localhost:8080", ...headers });
  return request;
}

describe("upstreamHeaders", () => {
  it("keeps the host and what is meant for the app", () => {
    const headers = upstreamHeaders(requestWith({ cookie: "a=1; b=2", authorization: "Bearer x" }));
    expect(headers).toMatchObject({
      host: "shop.localhost:8080",
      cookie: "a=1; b=2",
      authorization: "Bearer x",
      "x-forwarded-host": "shop.localhost:8080",
      "x-forwarded-proto": "http",
    });
  });

  it("leaves out what belongs to one connection, and what Connection names", () => {
    const headers = upstreamHeaders(
      requestWith({
        connection: "close, X-Secret-Hop",
        "x-secret-hop": "1",
        "keep-alive": "timeout=5",
        te: "trailers",
        upgrade: "h2c",
        "http2-settings": "AAMAAABkAAQAAP__",
        "proxy-authorization": "Basic x",
        expect: "100-continue",
      }),
    );
    expect(Object.keys(headers).toSorted()).toEqual([
      "host",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-port",
      "x-forwarded-proto",
    ]);
  });

  it("drops what a client claims about itself, however it is spelled", () => {
    const headers = upstreamHeaders(
      requestWith({
        "x-forwarded-for": "6.6.6.6",
        x_forwarded_for: "6.6.6.6",
        "x-forwarded-user": "root",
        forwarded: "for=6.6.6.6",
        "x-real-ip": "6.6.6.6",
        "x-bastide-user": "root",
        X_Bastide_User: "root",
      }),
    );
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|root/);
  });

  it("says the body's length though Connection names it, and the host too", () => {
    const named = { connection: "content-length, host, transfer-encoding" };
    expect(upstreamHeaders(requestWith({ ...named, "content-length": "5" }))).toMatchObject({
      "content-length": "5",
      host: "shop.localhost:8080",
    });
    expect(
      upstreamHeaders(requestWith({ ...named, "transfer-encoding": "chunked" })),
    ).toMatchObject({ "transfer-encoding": "chunked" });
  });
});

it("knows a body by its framing", () => {
  expect(hasBody(requestWith({}))).toBe(false);
  expect(hasBody(requestWith({ "content-length": "0" }))).toBe(false);
  expect(hasBody(requestWith({ "content-length": "1" }))).toBe(true);
  expect(hasBody(requestWith({ "transfer-encoding": "chunked" }))).toBe(true);
});

it("writes an IPv4 client as such", () => {
  expect(clientAddress("::ffff:10.0.0.1")).toBe("10.0.0.1");
  expect(clientAddress("::1")).toBe("::1");
});
