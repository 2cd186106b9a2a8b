import { afterAll } from "vitest";
import { ProcessDriver } from "../src/index.ts";
import { runtimeConformance } from "../src/testing/index.ts";
import { removeControlGroup } from "./control-group-cleanup.ts";

const controlGroup = `bastide-conformance-${process.pid}`;

afterAll(() => removeControlGroup(controlGroup));

runtimeConformance(() => new ProcessDriver({ controlGroup }));
