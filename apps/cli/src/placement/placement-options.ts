import type { OptionTable } from "../command-line/command.ts";

/** What `placement set` can set; light, since the declaration imports it. */
export const PLACEMENT_OPTIONS = {
  policy: {
    type: "string",
    value: "datalog",
    summary: `over the facts of a node, such as: check if country("FR");`,
  },
  "policy-file": { type: "string", value: "file", summary: "the same from a file" },
  label: {
    type: "string",
    value: "name=value",
    multiple: true,
    summary: "a label that its nodes have",
  },
  spread: {
    type: "string",
    value: "over[=most]",
    multiple: true,
    summary: "over host, region, country, operator or label:<name>; with a most, never denser",
  },
  with: {
    type: "string",
    value: "app[/process]",
    multiple: true,
    summary: "only where one of that app runs, of the same environment",
  },
  apart: {
    type: "string",
    value: "app[/process]",
    multiple: true,
    summary: "never where one of that app runs",
  },
  "prefer-with": {
    type: "string",
    value: "app[/process]",
    multiple: true,
    summary: "the same as wishes",
  },
  "prefer-apart": {
    type: "string",
    value: "app[/process]",
    multiple: true,
    summary: "which are broken when nothing else is left",
  },
  memory: {
    type: "integer",
    value: "MiB",
    summary: "room kept for each instance (default 48); the limit is another thing",
  },
  cpus: { type: "string", value: "cores", summary: "the same of CPU (default 0.01)" },
} as const satisfies OptionTable;

/** What `placement unset` can name, with the settings that it removes. */
export const UNSET_PLACEMENT = {
  policy: "policy",
  labels: "labels",
  spread: "spread",
  affinities: "affinities",
  reserve: "reserve",
} as const;

/** What operators say of a node. */
export const PLACE_OPTIONS = {
  region: { type: "string", value: "name", summary: "such as fr-par" },
  country: { type: "string", value: "code", summary: "ISO 3166, such as FR" },
  operator: { type: "string", value: "name", summary: "who runs the machine" },
  law: {
    type: "string",
    value: "law",
    multiple: true,
    summary: "each law that reaches the operator, such as eu or us-cloud-act",
  },
  "memory-encryption": {
    type: "string",
    value: "kind",
    multiple: true,
    summary: "such as sev-snp or tdx",
  },
  certification: {
    type: "string",
    value: "name",
    multiple: true,
    summary: "such as secnumcloud or hds",
  },
  label: { type: "string", value: "name=value", multiple: true, summary: "any label" },
  clear: { type: "boolean", summary: "forget what was said before" },
} as const satisfies OptionTable;

export const QUOTA_OPTIONS = {
  instances: { type: "integer", value: "count", summary: "instances in all" },
  memory: { type: "integer", value: "MiB", summary: "memory reserved in all" },
  cpus: { type: "string", value: "cores", summary: "CPU reserved in all" },
  unlimited: { type: "boolean", summary: "take every limit away" },
} as const satisfies OptionTable;
