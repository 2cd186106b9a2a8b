import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

const DOMAIN = { name: "domain", summary: "a host name such as www.example.org", required: true };

export const domainAdd = command({
  name: "domain add",
  summary: "let a domain of yours lead to an app, and get a certificate for it",
  description:
    "Asks the DNS at once and says which record is missing. The certificate is asked for as soon as the domain leads here,\nand renewed in time; from then on plain HTTP is redirected to HTTPS.",
  arguments: [DOMAIN],
  options: { ...TARGET_OPTIONS },
  examples: ["bastide domain add www.example.org --app shop"],
  async run(input, context) {
    const { addDomain } = await import("../domains/change-domains.ts");
    return addDomain(input.arguments, input.options, context);
  },
});

export const domainCheck = command({
  name: "domain check",
  summary: "ask the DNS about a domain now, and say what is missing",
  arguments: [DOMAIN],
  options: { ...TARGET_OPTIONS },
  examples: ["bastide domain check www.example.org --app shop"],
  async run(input, context) {
    const { checkDomain } = await import("../domains/change-domains.ts");
    return checkDomain(input.arguments, input.options, context);
  },
});

export const domainCertificate = command({
  name: "domain certificate",
  summary: "use a certificate of your own for a domain",
  description:
    "It is looked at before it is used: chain, key, names and dates. What is in use stays until it is in order.\nNo public authority is asked until it has a week left. --remove goes back to a public one.",
  arguments: [DOMAIN],
  options: {
    ...TARGET_OPTIONS,
    cert: {
      type: "string",
      value: "file",
      summary: "PEM: the domain's certificate, then each one's issuer",
    },
    key: { type: "string", value: "file", summary: "PEM: its private key, not encrypted" },
    remove: { type: "boolean", summary: "take your certificate away again" },
  },
  examples: [
    "bastide domain certificate www.example.org --app shop --cert fullchain.pem --key privkey.pem",
    "bastide domain certificate www.example.org --app shop --remove",
  ],
  async run(input, context) {
    const { changeCertificate } = await import("../domains/change-certificate.ts");
    return changeCertificate(input.arguments, input.options, context);
  },
});

export const domainList = command({
  name: "domain list",
  summary: "list an app's domains, and how their certificates are",
  options: { ...TARGET_OPTIONS },
  examples: ["bastide domain list", "bastide domain list --app shop --json"],
  async run({ options }, context) {
    const { listDomains } = await import("../domains/show-domains.ts");
    return listDomains(options, context);
  },
});

export const domainRemove = command({
  name: "domain remove",
  summary: "take a domain from an app",
  arguments: [DOMAIN],
  options: { ...TARGET_OPTIONS },
  examples: ["bastide domain remove www.example.org --app shop"],
  async run(input, context) {
    const { removeDomain } = await import("../domains/change-domains.ts");
    return removeDomain(input.arguments, input.options, context);
  },
});
