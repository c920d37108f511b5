import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import type { Accelerator } from "../capabilities/capabilities.ts";

/** How a domain type runs its guest. Throws for types that are no QEMU. */
export function acceleratorOf(domain: Domain): Accelerator {
  switch (domain.type) {
    case "kvm":
    case "hvf":
      return domain.type;
    case "qemu":
      return "tcg";
    default:
      throw virtError(
        ErrorCode.configUnsupported,
        `Emulator '${domain.devices?.emulator ?? ""}' does not support virt type '${domain.type}'`,
      );
  }
}
