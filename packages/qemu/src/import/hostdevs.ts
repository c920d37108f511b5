import type { Hostdev } from "@tsvirt/model/domain";
import { UsbHostDevice, VfioDevice, VhostScsiDevice } from "../argv/declarations/misc-devices.ts";
import type { Argument } from "./argument.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { numberOf, onOffOf, present, presentOrNone } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

const noHostdevParts = { mode: "subsystem" as const, ips: [], routes: [] };

const usbHost = deviceReader(UsbHostDevice, (draft, { driver: _driver, ...keys }, device) => {
  const { device: placed, left: afterPlace } = takePlace(keys, draft.buses);
  const {
    hostdevice,
    hostbus,
    hostaddr,
    id,
    bootindex,
    "guest-reset": reset,
    "guest-resets-all": resetsAll,
    rest,
    ...left
  } = afterPlace;
  const { vendorid, productid, ...others } = rest ?? {};
  const path = /^\/dev\/bus\/usb\/(\d{3})\/(\d{3})$/.exec(hostdevice ?? "");
  const bus = path ? Number(path[1]) : numberOf(hostbus);
  const address = path ? Number(path[2]) : numberOf(hostaddr);
  const byId = vendorid !== undefined && productid !== undefined;
  if (!byId && (bus === undefined || address === undefined))
    throw new NoPlaceError("neither vendor and product nor bus and address are known");
  const guestReset =
    reset === undefined && resetsAll === undefined
      ? undefined
      : reset === false
        ? "off"
        : resetsAll === true
          ? "on"
          : "uninitialized";
  const entry: Hostdev = {
    ...noHostdevParts,
    type: "usb",
    managed: true,
    source: {
      ...(guestReset !== undefined && { guestReset: guestReset as "off" | "on" | "uninitialized" }),
      ...(byId && { vendor: Number(vendorid), product: Number(productid) }),
      ...(bus !== undefined && address !== undefined && { address: { bus, device: address } }),
    },
    ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
    ...placed,
  };
  draft.add("hostdevs", entry, device.argument);
  draft.keep(entry, id, { ...left, rest: others });
});

/** `[DDDD:]BB:SS.F`. */
function hostPciAddress(text: string): { domain: number; bus: number; slot: number; function: number } | undefined {
  const match = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text);
  if (!match) return undefined;
  const hex = (part: string | undefined): number => Number.parseInt(part ?? "0", 16);
  return { domain: hex(match[1]), bus: hex(match[2]), slot: hex(match[3]), function: hex(match[4]) };
}

/** `-pcidevice`, of before VFIO. */
export function readPciDevice(draft: Draft, argument: Argument): void {
  const match = /^host=([^,]*)$/.exec(argument.value);
  const address = hostPciAddress(match?.[1] ?? "");
  if (!address) throw new NoPlaceError("the host's device is not known by an address");
  draft.add("hostdevs", { ...noHostdevParts, type: "pci", managed: true, source: { address } }, argument);
}

const vfio = deviceReader(VfioDevice, (draft, { driver = "vfio-pci", ...keys }, device) => {
  const { device: placed, left: afterPlace } = takePlace(keys, draft.buses);
  const {
    host,
    id,
    sysfsdev,
    display,
    ramfb,
    bootindex,
    failover_pair_id: pair,
    rombar,
    romfile,
    ...left
  } = afterPlace;
  const rom = presentOrNone({
    enabled: romfile === "" ? false : undefined,
    bar: rombar === undefined ? undefined : Number(rombar) !== 0,
    file: romfile === "" ? undefined : romfile,
  });
  const common = {
    ...noHostdevParts,
    managed: true,
    ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
    ...(rom && { rom }),
    ...placed,
  };
  const uuid = /^\/sys\/.*\/([0-9a-f]{8}-[0-9a-f-]{27})\/?$/.exec(sysfsdev ?? "")?.[1];
  const pciPath = /\/sys\/bus\/pci\/devices\/([0-9a-f:.]+)$/.exec(sysfsdev ?? "")?.[1];
  const address = hostPciAddress(host ?? pciPath ?? "");
  let entry: Hostdev;
  if (uuid !== undefined) {
    const { managed: _managed, ...rest } = common;
    entry = {
      ...rest,
      type: "mdev",
      model: driver === "vfio-pci-nohotplug" ? "vfio-pci" : driver,
      source: { address: { uuid } },
      ...present({ display: onOffOf(display), ramfb: ramfb === true ? true : undefined }),
    };
  } else if (address && driver.startsWith("vfio-pci")) {
    entry = {
      ...common,
      type: "pci",
      driver: { name: "vfio" },
      source: { address },
      ...(pair !== undefined && { teaming: { type: "transient" as const, persistent: pair } }),
    };
    draft.keep(entry, undefined, present({ display, ramfb }));
  } else throw new NoPlaceError("the host's device is not known by an address");
  draft.add("hostdevs", entry, device.argument);
  draft.keep(entry, id, left);
});

const vhostScsi = deviceReader(VhostScsiDevice, (draft, { driver = "vhost-scsi-pci", ...keys }, device) => {
  const { driver: _options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { wwpn = "", vhostfd: _vhostfd, id, ...left } = afterPlace;
  const entry: Hostdev = {
    ...noHostdevParts,
    type: "scsi_host",
    managed: false,
    ...(model !== undefined && { model }),
    source: { protocol: "vhost", wwpn },
    ...(implied && { address: implied }),
    ...placed,
  };
  draft.add("hostdevs", entry, device.argument);
  draft.keep(entry, id, left);
});

/** Devices of the host. */
export const hostdevReaders: readonly DeviceReader[] = [usbHost, vfio, vhostScsi];
