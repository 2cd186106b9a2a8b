import { command } from "../command-line/command.ts";

export const trust = command({
  name: "trust",
  summary: "let this machine's browsers and tools trust the platform's own certificates",
  description:
    "Puts the platform's certificate authority into the system's store (as root) and into the stores of Firefox and\nChromium of this user (with certutil), or says how. It is good for the platform's own domain and nothing else.",
  options: {
    print: { type: "boolean", summary: "only print the authority's certificate (PEM)" },
    only: {
      type: "string",
      value: "stores",
      choices: ["system", "browsers"],
      summary: "leave the other stores as they are",
    },
    remove: { type: "boolean", summary: "take it out of the stores again" },
  },
  examples: [
    "sudo bastide trust",
    "bastide trust --print > bastide-ca.pem",
    "bastide trust --remove",
  ],
  async run({ options }, context) {
    const { runTrust } = await import("../trust/run-trust.ts");
    return runTrust(options, context);
  },
});
