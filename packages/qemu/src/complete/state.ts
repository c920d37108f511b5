import { type Controller, type Devices, type Domain, noDevices, type Report } from "@tsvirt/model/domain";
import type { Board } from "../argv/board.ts";
import type { HostFacts } from "../argv/context.ts";
import type { Accelerator, QemuCapabilities } from "../capabilities/capabilities.ts";

/** A definition while it is completed; `domain` is a copy of ours that is changed in place. */
export interface Completing {
  readonly domain: Domain;
  readonly devices: Devices;
  readonly caps: QemuCapabilities;
  readonly facts: HostFacts;
  readonly board: Board;
  readonly accelerator: Accelerator;
  readonly report: Report;
  /** A new definition: newest defaults, no regard for what a guest may have seen before. */
  readonly abiUpdate: boolean;
}

/** The devices of a definition; made if it has none. */
export function devicesOf(domain: Domain): Devices {
  domain.devices ??= noDevices();
  return domain.devices;
}

/** A controller by kind and number. */
export function findController(devices: Devices, type: Controller["type"], index: number): Controller | undefined {
  return devices.controllers.find((each) => each.type === type && each.index === index);
}
