import { GlobalProperty } from "../argv/declarations/machine-options.ts";
import type { Argument } from "./argument.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { kibOfSize, numberOf, onOffOf, wordOf } from "./values.ts";

type GlobalReader = (draft: Draft, value: string) => string | undefined;

function sleepState(key: "suspendToMem" | "suspendToDisk", place: string): GlobalReader {
  return ({ domain }, value) => {
    domain.pm = { ...domain.pm, [key]: value === "0" || value === "off" };
    return place;
  };
}

function holeOf(model: "pci-root" | "pcie-root"): GlobalReader {
  return ({ devices }, value) => {
    const pcihole64 = kibOfSize(value, 1);
    if (pcihole64 === undefined) return undefined;
    devices.controllers.unshift({ type: "pci", index: 0, model, pcihole64 });
    return "/domain/devices/controller[1]/pcihole64";
  };
}

/** Properties of all devices of a driver that documents have a word for; gives the place. */
const globals: Readonly<Record<string, GlobalReader>> = {
  "PIIX4_PM.disable_s3": sleepState("suspendToMem", "/domain/pm/suspend-to-mem"),
  "ICH9-LPC.disable_s3": sleepState("suspendToMem", "/domain/pm/suspend-to-mem"),
  "PIIX4_PM.disable_s4": sleepState("suspendToDisk", "/domain/pm/suspend-to-disk"),
  "ICH9-LPC.disable_s4": sleepState("suspendToDisk", "/domain/pm/suspend-to-disk"),
  "kvm-pit.lost_tick_policy": (draft, value) => {
    const tickpolicy = wordOf(value, "delay", "discard");
    if (tickpolicy === undefined) return undefined;
    draft.timers.push({ name: "pit", tickpolicy });
    return "/domain/clock/timer";
  },
  "mch.extended-tseg-mbytes": (draft, value) => {
    draft.features.smm = { state: true, ...draft.features.smm, tseg: { unit: "MiB", size: Number(value) } };
    return "/domain/features/smm/tseg";
  },
  "cfi.pflash01.secure": (draft, value) => {
    draft.domain.os.loader = { ...draft.domain.os.loader, secure: onOffOf(value) ?? false };
    return "/domain/os/loader/@secure";
  },
  "i440FX-pcihost.pci-hole64-size": holeOf("pci-root"),
  "q35-pcihost.pci-hole64-size": holeOf("pcie-root"),
  "ICH9-LPC.noreboot": ({ devices }, value) => {
    if (onOffOf(value) !== false) return undefined;
    devices.watchdogs.push({ model: "itco", action: "reset" });
    return "/domain/devices/watchdog";
  },
  "isa-fdc.bootindexA": (draft, value) => {
    draft.floppyBoot = [numberOf(value), draft.floppyBoot[1]];
    return "/domain/devices/disk/boot";
  },
  "isa-fdc.bootindexB": (draft, value) => {
    draft.floppyBoot = [draft.floppyBoot[0], numberOf(value)];
    return "/domain/devices/disk/boot";
  },
};

/** `-global`: `DRIVER.PROPERTY=VALUE`, or the three as keys. */
export function readGlobal(draft: Draft, argument: Argument): void {
  const short = /^([^=,]+)\.([^=.]+)=(.*)$/s.exec(argument.value);
  const keys = argument.value.startsWith("driver=") ? GlobalProperty.parsePartial(argument.value) : undefined;
  const driver = keys?.driver ?? short?.[1] ?? "";
  const property = keys?.property ?? short?.[2] ?? "";
  const name = `${driver}.${property}`;
  const place = Object.hasOwn(globals, name) ? globals[name]?.(draft, keys?.value ?? short?.[3] ?? "") : undefined;
  if (place === undefined) throw new NoPlaceError("a property of all devices of a driver has no counterpart");
  argument.place(place);
}
