import assert from "node:assert/strict";
import { test } from "node:test";
import { Connect, formatPciPlace, PciAddressSet, type PciBusModel } from "./pci-set.ts";

const pci = Connect.pciDevice | Connect.autoassign;
const pcie = Connect.pcieDevice | Connect.autoassign;
const port = Connect.pcieRootPort | Connect.aggregateSlot;
const set = (models: readonly PciBusModel[], mayGrow = false, hasPcieToPci = true): PciAddressSet =>
  new PciAddressSet(
    models.map((model) => ({ model })),
    { mayGrow, hasPcieToPci },
  );
const next = (addresses: PciAddressSet, flags: number): string => formatPciPlace(addresses.reserveNext(flags));
const models = (addresses: PciAddressSet): string[] => addresses.buses.map(({ model }) => model);

test("devices take the next free slot of a bus that suits them", () => {
  const addresses = set(["pci-root"]);
  addresses.reserve({ domain: 0, bus: 0, slot: 2, function: 0 }, pci);
  assert.deepEqual([next(addresses, pci), next(addresses, pci)], ["0000:00:01.0", "0000:00:03.0"]);
});

test("root ports share a slot", () => {
  const addresses = set(["pcie-root"]);
  assert.equal(next(addresses, Connect.pcieDevice), "0000:00:01.0");
  assert.deepEqual(
    [1, 2, 3].map(() => next(addresses, port)),
    ["0000:00:02.0", "0000:00:02.1", "0000:00:02.2"],
  );
  for (let i = 0; i < 5; i++) addresses.reserveNext(port);
  assert.equal(next(addresses, port), "0000:00:03.0");
});

test("a set that may grow adds what the device needs", () => {
  const express = set(["pcie-root"], true);
  assert.equal(next(express, pcie), "0000:01:00.0");
  assert.equal(next(express, pci), "0000:03:01.0");
  assert.equal(next(express, pci), "0000:03:02.0");
  // The bridge's own port is for nothing else.
  assert.equal(next(express, pcie), "0000:04:00.0");
  assert.deepEqual(models(express), [
    "pcie-root",
    "pcie-root-port",
    "pcie-root-port",
    "pcie-to-pci-bridge",
    "pcie-root-port",
  ]);
  const old = set(["pcie-root"], true, false);
  assert.equal(next(old, pci), "0000:02:01.0");
  assert.deepEqual(models(old), ["pcie-root", "dmi-to-pci-bridge", "pci-bridge"]);
  const plain = set(["pci-root"], true);
  for (let i = 0; i < 31; i++) plain.reserveNext(pci);
  assert.equal(next(plain, pci), "0000:01:01.0");
  assert.deepEqual(models(plain), ["pci-root", "pci-bridge"]);
});

test("a set that may not grow says that it is full", () => {
  const addresses = set(["pcie-root"]);
  assert.throws(() => addresses.reserveNext(pci), /internal error: No more available PCI slots/);
});

test("places of the document are checked with libvirt's words", () => {
  const addresses = set(["pcie-root", "pcie-root-port"]);
  const reserve =
    (bus: number, slot: number, flags: number, fn = 0, domain = 0): (() => void) =>
    () =>
      addresses.reserve({ domain, bus, slot, function: fn }, flags);
  assert.throws(
    reserve(7, 1, pci),
    /XML error: Invalid PCI address 0000:07:01.0. Only PCI buses up to 1 are available/,
  );
  assert.throws(reserve(0, 1, pci, 0, 1), /Only PCI domain 0 is available/);
  assert.throws(reserve(0, 0, pci), /slot must be >= 1/);
  assert.throws(reserve(1, 1, pcie), /slot must be <= 0/);
  assert.throws(reserve(0, 1, pcie, 8), /function must be <= 7/);
  assert.throws(
    reserve(1, 0, port),
    /The device at PCI address 0000:01:00.0 cannot be plugged into the PCI controller with index='1'. It requires a controller that accepts a pcie-root-port./,
  );
  reserve(1, 0, pci)();
  assert.throws(reserve(1, 0, pci), /Attempted double use of PCI Address 0000:01:00.0/);
});

test("what a bus does not offer for the asking may be written down", () => {
  const addresses = set(["pcie-root", "dmi-to-pci-bridge"]);
  assert.throws(() => addresses.reserveNext(pcie), /No more available PCI slots/);
  assert.throws(() => addresses.reserveNext(pci), /No more available PCI slots/);
  addresses.reserve({ domain: 0, bus: 1, slot: 0, function: 0 }, pcie);
  addresses.reserve({ domain: 0, bus: 0, slot: 3, function: 0 }, pci);
  assert.throws(
    () => addresses.reserve({ domain: 0, bus: 1, slot: 1, function: 0 }, Connect.integrated | pcie),
    /The device at PCI address 0000:01:01.0 needs to be an integrated device \(bus=0\)/,
  );
  assert.equal(next(addresses, Connect.integrated | pcie), "0000:00:01.0");
});

test("a controller that nothing can carry is refused", () => {
  const addresses = set(["pci-root"], true);
  assert.throws(
    () => addresses.reserveNext(Connect.pcieSwitchDownstreamPort),
    /a PCI slot is needed to connect a PCI controller model='pcie-switch-downstream-port', but none is available/,
  );
  assert.throws(
    () => addresses.reserveNext(0),
    /Cannot automatically add a new PCI bus for a device with connect flags 00/,
  );
});

test("devices of other groups go on a bus of their own; who puts them together gives up on isolation", () => {
  const addresses = new PciAddressSet([{ model: "pci-root", groupLocked: true }], {
    mayGrow: true,
    hasPcieToPci: false,
    multipleRoots: true,
  });
  const placed = [0, 5, 5, 6].map((group) => formatPciPlace(addresses.reserveNext(pci, group)));
  assert.deepEqual(placed, ["0000:00:01.0", "0000:01:01.0", "0000:01:02.0", "0000:02:01.0"]);
  assert.deepEqual(models(addresses), ["pci-root", "pci-root", "pci-root"]);
  addresses.reserve({ domain: 0, bus: 1, slot: 9, function: 0 }, pci, 7);
  assert.equal(addresses.buses[1]?.group, 0);
});
