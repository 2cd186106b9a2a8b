import { command } from "../command-line/command.ts";

export const version = command({
  name: "version",
  summary: "show the version of this installation; also bastide --version",
  options: {},
  examples: ["bastide version", "bastide version --json"],
  async run(_, { installation, output }) {
    const { versionOf } = await import("../supervisor/version.ts");
    const answer = { version: versionOf(installation), node: process.versions.node, installation };
    output.answer(
      answer,
      () => `bastide ${answer.version} (Node ${answer.node}, installed in ${installation})`,
    );
    return 0;
  },
});
