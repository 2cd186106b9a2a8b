import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";
import { PLACEMENT_OPTIONS, QUOTA_OPTIONS } from "../placement/placement-options.ts";

const { env, project } = TARGET_OPTIONS;
const WHERE = { env, project } as const;
const APP = { name: "app", summary: "an app's name", required: true } as const;

export const placementSet = command({
  name: "placement set",
  summary: "say on which nodes an app may run; no deployment is needed",
  description:
    "What is not named stays as it is. What runs where it may not be any more is started elsewhere first, and then stops.\nFacts of a policy: region, country, operator, operator_law, memory_encryption, certification, kernel, arch, driver,\nisolation, and label(name, value).",
  arguments: [APP],
  options: { ...WHERE, ...PLACEMENT_OPTIONS },
  examples: [
    `bastide placement set shop --policy 'reject if operator_law("us-cloud-act");'`,
    "bastide placement set shop --spread region --spread host=1 --label tier=gold",
    "bastide placement set shop --apart batch --memory 256",
  ],
  async run({ arguments: [app = ""], options }, context) {
    const { setPlacement } = await import("../placement/change-placement.ts");
    return setPlacement(app, options, context);
  },
});

export const placementUnset = command({
  name: "placement unset",
  summary: "remove what was said of an app's nodes: what is named, or all of it",
  arguments: [
    APP,
    {
      name: "setting",
      summary: "policy, labels, spread, affinities or reserve; all without",
      variadic: true,
    },
  ],
  options: { ...WHERE },
  examples: ["bastide placement unset shop policy", "bastide placement unset shop"],
  async run({ arguments: [app = "", ...names], options }, context) {
    const { unsetPlacement } = await import("../placement/change-placement.ts");
    return unsetPlacement(app, names, options, context);
  },
});

export const placementShow = command({
  name: "placement show",
  summary: "show on which nodes an app may run",
  arguments: [APP],
  options: { ...WHERE },
  examples: ["bastide placement show shop --json"],
  async run({ arguments: [app = ""], options }, context) {
    const { showPlacement } = await import("../placement/change-placement.ts");
    return showPlacement(app, options, context);
  },
});

export const placementExplain = command({
  name: "placement explain",
  summary: "say of each node why it was chosen or refused",
  arguments: [APP],
  options: { ...WHERE },
  examples: ["bastide placement explain shop"],
  async run({ arguments: [app = ""], options }, context) {
    const { explainPlacement } = await import("../placement/show-placement.ts");
    return explainPlacement(app, options, context);
  },
});

export const placementPropose = command({
  name: "placement propose",
  summary: "list moves that would even the nodes out; none is made",
  options: {},
  examples: ["bastide placement propose"],
  async run(_, context) {
    const { proposeMoves } = await import("../placement/show-placement.ts");
    return proposeMoves(context);
  },
});

export const placementQuota = command({
  name: "placement quota",
  summary: "show or change what an organisation may use in all",
  arguments: [{ name: "organisation", summary: "its name", required: true }],
  options: { ...QUOTA_OPTIONS },
  examples: [
    "bastide placement quota main",
    "bastide placement quota main --instances 50 --memory 4096",
  ],
  async run({ arguments: [organisation = ""], options }, context) {
    const { changeQuota } = await import("../placement/change-placement.ts");
    return changeQuota(organisation, options, context);
  },
});

/** Every command about placement, in the order of the help. */
export const PLACEMENT_COMMANDS = [
  placementShow,
  placementSet,
  placementUnset,
  placementExplain,
  placementPropose,
  placementQuota,
];
