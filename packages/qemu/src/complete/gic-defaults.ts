import type { GicFeature } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

type GicVersion = NonNullable<GicFeature["version"]>;

/** Newest first; `host` is whatever the host has. */
const versions: readonly Exclude<GicVersion, "host">[] = ["3", "2"];

/**
 * Chooses the version of ARM's interrupt controller, which a `virt` machine always has
 * (`qemuDomainDefEnableDefaultFeatures`).
 */
export function fillGic({ domain, board, caps }: Completing): void {
  const gic = domain.features?.gic;
  if (gic ? gic.version !== undefined : !board.isArmVirt) return;
  const usable = versions.find(
    (version) =>
      // The emulated GICv3 has no way to deliver the interrupts of PCI Express.
      !(version === "3" && domain.type === "qemu") &&
      caps.data.gic.some(
        (each) =>
          Number(each.version) === Number(version) &&
          ((domain.type === "kvm" && each.kernel) || (domain.type === "qemu" && each.emulated)),
      ),
  );
  domain.features = { ...domain.features, gic: { version: usable ?? "2" } };
}
