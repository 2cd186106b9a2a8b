import { expect, it } from "vitest";
import { etcdSettings } from "./etcd-options.ts";

it.each(["etcd:2379", "ftp://a:1", "http://u:secret@a:1", "http://a:1/v3", "http://a:1/?x", ""])(
  "refuses %j for an endpoint, and repeats nothing of it",
  (endpoint) => {
    expect(() => etcdSettings({ endpoints: [endpoint] })).toThrow(/not http\(s\):\/\/host:port/);
    expect(() => etcdSettings({ endpoints: [endpoint] })).not.toThrow(/secret/);
  },
);

it("refuses to have no endpoint", () => {
  expect(() => etcdSettings({ endpoints: [] })).toThrow(/no endpoint/);
});
