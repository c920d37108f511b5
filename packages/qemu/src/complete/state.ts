import { InternalError } from "@tsvirt/base";
import type { Controller, Devices, Domain } from "@tsvirt/model/domain";
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
  /** A new definition: newest defaults, no regard for what a guest may have seen before. */
  readonly abiUpdate: boolean;
}

/** The devices of a definition; made if it has none. */
export function devicesOf(domain: Domain): Devices {
  domain.devices ??= emptyDevices();
  return domain.devices;
}

function emptyDevices(): Devices {
  return {
    disks: [],
    controllers: [],
    leases: [],
    filesystems: [],
    interfaces: [],
    smartcards: [],
    serials: [],
    parallels: [],
    consoles: [],
    channels: [],
    inputs: [],
    tpms: [],
    graphics: [],
    sounds: [],
    audios: [],
    videos: [],
    hostdevs: [],
    redirdevs: [],
    hubs: [],
    watchdogs: [],
    rngs: [],
    panics: [],
    shmems: [],
    memories: [],
    cryptos: [],
  };
}

/** A controller by kind and number. */
export function findController(devices: Devices, type: Controller["type"], index: number): Controller | undefined {
  return devices.controllers.find((each) => each.type === type && each.index === index);
}

/**
 * Puts a controller where libvirt puts it: before the first of its kind with a higher number, else at the end.
 */
export function insertController(devices: Devices, controller: Controller): void {
  if (controller.index === undefined) throw new InternalError("a controller that is added has a number");
  const { type, index } = controller;
  const at = devices.controllers.findIndex((each) => each.type === type && (each.index ?? 0) > index);
  if (at === -1) devices.controllers.push(controller);
  else devices.controllers.splice(at, 0, controller);
}

/** Adds a controller unless there is one of that kind and number. True if it was added. */
export function maybeAddController(devices: Devices, type: Controller["type"], index: number, model?: string): boolean {
  if (findController(devices, type, index)) return false;
  insertController(devices, { type, index, ...(model !== undefined && { model }) });
  return true;
}
