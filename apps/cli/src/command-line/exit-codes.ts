/** Every exit code of the command, in one place: `bastide help exit-codes` prints this table. */
export const EXIT_CODES = {
  ok: [0, "done"],
  failed: [1, "it failed; the message says why and what to do"],
  usage: [2, "the command line, or Datalog that it gives, is not valid"],
  unreachable: [3, "the platform cannot be reached"],
  refused: [4, "the token is missing, not valid, or does not allow this; a policy refuses it"],
  notFound: [5, "what was named does not exist"],
  conflict: [6, "it conflicts with the current state: a name taken, another deployment running"],
  deploymentFailed: [7, "the deployment failed or was cancelled; what served before still serves"],
  unhealthy: [
    8,
    "status or doctor found something that is not well; `up`: an operator stopped the gateway, and all else is up",
  ],
  interrupted: [130, "interrupted by Ctrl-C or a signal"],
} as const satisfies Record<string, readonly [code: number, meaning: string]>;

export type ExitReason = keyof typeof EXIT_CODES;

export const exitCodeOf = (reason: ExitReason): number => EXIT_CODES[reason][0];
