import { ErrorCode } from "@tsvirt/base";
import type { Channel, Console, Parallel, Redirdev, Serial } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

/** What QEMU cannot do with a character device. */
export function validateChardev(
  { report }: Completing,
  device: Serial | Parallel | Channel | Console | Redirdev,
): void {
  for (const { reconnect } of device.sources) {
    if (reconnect?.enabled === true && reconnect.timeout === 0) {
      report(device, "chardev reconnect source timeout cannot be '0'", ErrorCode.invalidArg);
    }
  }
}
