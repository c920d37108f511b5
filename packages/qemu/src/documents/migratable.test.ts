import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import { migratableForm } from "./migratable.ts";

const withControllers = (controllers: string): string => {
  const domain = parseDomain(
    `<domain type='qemu'><name>vm</name><memory>65536</memory><os><type>hvm</type></os><devices>${controllers}</devices></domain>`,
  );
  const kept = migratableForm(domain).devices;
  return [...(kept?.controllers ?? []), ...(kept?.audios ?? [])].map(({ type }) => type).join(" ");
};

test("what every version adds by itself is left out", () => {
  assert.equal(
    withControllers(
      "<controller type='usb' index='0' model='piix3-uhci'/><controller type='pci' index='0' model='pci-root'/><audio id='1' type='none'/>",
    ),
    "",
  );
});

test("what somebody chose stays", () => {
  assert.equal(withControllers("<controller type='usb' index='0' model='qemu-xhci'/>"), "usb");
  assert.equal(withControllers("<controller type='pci' index='0' model='pcie-root'/>"), "pci");
  assert.equal(
    withControllers(
      "<controller type='pci' index='0' model='pci-root'/><controller type='pci' index='1' model='pci-bridge'/>",
    ),
    "pci pci",
  );
  assert.equal(withControllers("<audio id='1' type='spice'/>"), "spice");
});
