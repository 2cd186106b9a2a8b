import { access } from "node:fs/promises";
import { join } from "node:path";

/**
 * Devices that a kernel shows only as the guest of a machine that encrypts its memory: by them it asks for attestation
 * reports (Linux, Documentation/virt/coco).
 */
const GUEST_DEVICES = { "sev-snp": "sev-guest", tdx: "tdx_guest" } as const;

/** By what this machine's memory is encrypted, as its own kernel says. Nobody else vouches for it. */
export async function memoryEncryption(devices = "/dev"): Promise<string[]> {
  const kinds = Object.entries(GUEST_DEVICES).map(async ([kind, device]) =>
    (await exists(join(devices, device))) ? [kind] : [],
  );
  return (await Promise.all(kinds)).flat();
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
