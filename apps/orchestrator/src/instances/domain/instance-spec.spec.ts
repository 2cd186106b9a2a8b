import { InstanceSpec, ProcessSpec } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { tenantSpec } from "./instance-spec.ts";

const target = {
  appId: "a",
  environmentId: "e",
  organisation: "acme",
  project: "web",
  app: "shop",
  environment: "production",
};

const made = (process: string, spec: object = {}) =>
  tenantSpec({
    id: "01990000-0000-7000-8000-000000000001",
    target,
    process,
    spec: ProcessSpec.parse({ command: "npm start", ...spec }),
    version: 3,
    artefact: `sha256:${"0".repeat(64)}`,
    environmentVariables: { KEY: "value" },
  });

describe("tenantSpec", () => {
  it("is what the contract says, with defaults for every limit", () => {
    const spec = made("web");
    expect(InstanceSpec.parse(spec)).toEqual(spec);
    expect(spec.limits).toEqual({
      memoryBytes: 512 * 1024 * 1024,
      cpuMillis: 1_000,
      processes: 256,
      openFiles: 4_096,
    });
    expect(spec).toMatchObject({ release: "v3", command: ["/bin/sh", "-c", "npm start"] });
  });

  it("asks of what listens at least that it does, and nothing of what does not", () => {
    expect(made("web")).toMatchObject({ listens: true, promises: [{ kind: "tcp" }] });
    expect(made("worker")).toMatchObject({ listens: false, promises: [] });
    expect(made("worker", { listens: true }).promises).toHaveLength(1);
  });

  it("leaves the app's own promises and limits as they are", () => {
    const spec = made("web", {
      promises: [{ kind: "http", path: "/ok" }],
      limits: { cpus: 0.25, memoryMb: 64 },
    });
    expect(spec.promises).toMatchObject([{ kind: "http", path: "/ok" }]);
    expect(spec.limits).toMatchObject({ cpuMillis: 250, memoryBytes: 64 * 1024 * 1024 });
  });
});
