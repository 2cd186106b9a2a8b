type Variable = readonly [name: string, value: string];

/**
 * Variables that make the dynamic loader or the C library run or read something of the tenant's choice. glibc ignores
 * them in setuid programs (sysdeps/generic/unsecvars.h); the tools that still hold rights while they make a sandbox
 * must not see them either.
 */
const DANGEROUS =
  /^(LD_|MALLOC_|GLIBC_|GCONV_PATH$|GETCONF_DIR$|HOSTALIASES$|LOCALDOMAIN$|LOCPATH$|NIS_PATH$|NLSPATH$|RESOLV_|RES_OPTIONS$|TMPDIR$|TZDIR$|BASH_ENV$|ENV$)/;

/** Handed over before rights are dropped. */
export function safeVariables(environment: Readonly<Record<string, string>>): Variable[] {
  return Object.entries(environment).filter(([name]) => !DANGEROUS.test(name));
}

/** Handed over as the last step, when no right is left: none of them is a secret by nature, so env(1) may carry them. */
export function dangerousVariables(environment: Readonly<Record<string, string>>): Variable[] {
  return Object.entries(environment).filter(([name]) => DANGEROUS.test(name));
}
