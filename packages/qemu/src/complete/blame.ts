import { VirtError } from "@tsvirt/base";
import type { Report } from "@tsvirt/model/domain";

/** Does something on behalf of a device: what is refused is reported with the device's place, and thrown on. */
export function blame<T>(report: Report, device: object, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof VirtError) report(device, error.str2 ?? error.message, error.code);
    throw error;
  }
}
