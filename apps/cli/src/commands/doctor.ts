import { command } from "../command-line/command.ts";

export const doctor = command({
  name: "doctor",
  summary:
    "check this machine: ports, disk, memory, privileges, isolation; each problem with its fix",
  options: {},
  examples: ["bastide doctor", "bastide doctor --json"],
  async run(_, context) {
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return runDoctor(context);
  },
});
