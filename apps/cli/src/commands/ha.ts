import { command } from "../command-line/command.ts";

const SERVICE = {
  name: "service",
  summary: "a service's name, as `ha status` shows it",
  required: true,
};

export const haStatus = command({
  name: "ha status",
  summary: "list the services that survive a machine, what is wanted of them and where they run",
  options: {},
  examples: ["bastide ha status", "bastide ha status --json"],
  async run(_, context) {
    const { showServices } = await import("../ha/show-services.ts");
    return showServices(context);
  },
});

export const haStart = command({
  name: "ha start",
  summary: "have a service run, wherever it is best",
  description:
    "A service that is stopped takes in the nodes that are there now: they may run it, and vote on its lease.",
  arguments: [SERVICE],
  options: {},
  examples: ["bastide ha start drill"],
  async run({ arguments: [name = ""] }, context) {
    const { startService } = await import("../ha/change-services.ts");
    return startService(name, context);
  },
});

export const haStop = command({
  name: "ha stop",
  summary: "stop a service on every node",
  arguments: [SERVICE],
  options: {},
  examples: ["bastide ha stop drill"],
  async run({ arguments: [name = ""] }, context) {
    const { stopService } = await import("../ha/change-services.ts");
    return stopService(name, context);
  },
});

export const haPurge = command({
  name: "ha purge",
  summary: "stop a service on every node, and remove what it left there for good",
  description:
    "Its data and its logs are removed on each node that is there, and on others when they are back, unless it was\nstarted again before. There is no way back.",
  arguments: [SERVICE],
  options: { yes: { type: "boolean", short: "y", summary: "do not ask for the name" } },
  examples: ["bastide ha purge drill", "bastide ha purge drill --yes"],
  async run({ arguments: [name = ""], options }, context) {
    const { purgeService } = await import("../ha/change-services.ts");
    return purgeService(name, options, context);
  },
});

export const haSwitch = command({
  name: "ha switch",
  summary: "have a service run on another node, as long as that one can",
  arguments: [SERVICE, { name: "node", summary: "the node that is to run it", required: true }],
  options: {},
  examples: ["bastide ha switch drill server-2"],
  async run({ arguments: [name = "", node = ""] }, context) {
    const { switchService } = await import("../ha/change-services.ts");
    return switchService(name, node, context);
  },
});

export const haFreeze = command({
  name: "ha freeze",
  summary: "start and stop nothing of a service, while you work on it",
  description: "What loses its lease is stopped all the same: else two nodes could run it at once.",
  arguments: [SERVICE],
  options: {},
  examples: ["bastide ha freeze drill"],
  async run({ arguments: [name = ""] }, context) {
    const { freezeService } = await import("../ha/change-services.ts");
    return freezeService(name, context);
  },
});

export const haThaw = command({
  name: "ha thaw",
  summary: "take a service's care up again, with what was wanted before the freeze",
  arguments: [SERVICE],
  options: {},
  examples: ["bastide ha thaw drill"],
  async run({ arguments: [name = ""] }, context) {
    const { thawService } = await import("../ha/change-services.ts");
    return thawService(name, context);
  },
});

export const haEvents = command({
  name: "ha events",
  summary: "follow what happens to services: the last hundred events, then each new one",
  options: {},
  examples: ["bastide ha events", "bastide ha events --json"],
  async run(_, context) {
    const { followServices } = await import("../ha/follow-services.ts");
    return followServices(context);
  },
});

/** Every command about services under high availability, in the order of the help. */
export const HA_COMMANDS = [
  haStatus,
  haStart,
  haStop,
  haPurge,
  haSwitch,
  haFreeze,
  haThaw,
  haEvents,
];
