import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeFiles } from "@tsvirt/host/testing";
import { parseDomain } from "@tsvirt/model/domain";
import { hostPciDevices } from "./host-pci.ts";

const device = (slot: string): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0x0001' bus='0x2' slot='${slot}' function='0x3'/></source></hostdev>`;

test("devices of the host have an IOMMU group, and are PCI Express if their link has a speed", async () => {
  const files = new FakeFiles();
  files.put("/sys/bus/pci/devices/0001:02:1f.3/config", "");
  files.put("/sys/bus/pci/devices/0001:02:1f.3/max_link_speed", "8.0 GT/s PCIe");
  await files.symlink("../../../kernel/iommu_groups/17", "/sys/bus/pci/devices/0001:02:1f.3/iommu_group");
  files.put("/sys/bus/pci/devices/0000:00:05.0/config", "");
  const domain = parseDomain(
    `<domain type='kvm'><name>t</name><memory>1024</memory><os><type>hvm</type></os><devices>${device("0x1f")}${device("0x01")}
<interface type='hostdev'><source><address type='pci' domain='0' bus='0' slot='5' function='0'/></source></interface>
</devices></domain>`,
  );
  assert.deepEqual(Object.fromEntries(await hostPciDevices(files, domain)), {
    "0001:02:1f.3": { isExpress: true, iommuGroup: 17 },
    "0000:00:05.0": { isExpress: false },
  });
});
