import { command } from "../command-line/command.ts";

export const login = command({
  name: "login",
  summary: "use a platform on another machine",
  description:
    "Keeps the address and the token in the XDG configuration directory, readable by you only. The token never goes on the\ncommand line, where every user of the machine could read it.",
  arguments: [
    { name: "url", summary: "the platform's address, such as https://bastide.example.org" },
  ],
  options: {
    "token-stdin": { type: "boolean", summary: "read the token from standard input" },
    "token-file": { type: "string", value: "file", summary: "read the token from a file" },
    forget: { type: "boolean", summary: "forget the address and the token" },
  },
  examples: [
    "bastide login https://bastide.example.org --token-stdin < token",
    "bastide login https://bastide.example.org --token-file ~/bastide.token",
    "bastide login --forget",
  ],
  async run(input, context) {
    const { runLogin } = await import("../api/run-login.ts");
    return runLogin(input.arguments[0], input.options, context);
  },
});
