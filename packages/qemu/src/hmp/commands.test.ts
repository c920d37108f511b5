import assert from "node:assert/strict";
import { test } from "node:test";
import { QmpError } from "../qmp/errors.ts";
import * as hmp from "./commands.ts";
import { quoteArgument } from "./quote.ts";
import { readBlocks, readPci } from "./replies.ts";

const crlf = (text: string): string => text.replaceAll("\n", "\r\n");

test("what is asked is read in the forms of every release", () => {
  assert.deepEqual(hmp.version.parse("0.12.3 (qemu-kvm-0.12.3)\r\n"), {
    major: 0,
    minor: 12,
    micro: 3,
    package: "(qemu-kvm-0.12.3)",
  });
  assert.deepEqual(hmp.status.parse("VM status: running\r\n"), { running: true, status: "running" });
  assert.deepEqual(hmp.status.parse("VM status: paused\r\n"), { running: false, status: "paused" });
  assert.deepEqual(hmp.status.parse("VM status: paused (io-error)\r\n"), { running: false, status: "io-error" });
  assert.deepEqual(hmp.status.parse("VM status: running (single step mode)\r\n"), { running: true, status: "running" });
  assert.throws(() => hmp.status.parse("VM is well\r\n"), QmpError);
  assert.deepEqual(
    hmp.cpus.parse(
      crlf("* CPU #0: pc=0x00000000000f0c4a thread_id=30019\n  CPU #1: pc=0x1 (halted) thread_id=30020\n"),
    ),
    new Map([
      [0, 30019],
      [1, 30020],
    ]),
  );
  assert.equal(hmp.cpus.parse("* CPU #0: pc=0x00000000000f0c4a\r\n").size, 0);
  assert.deepEqual(hmp.chardevs.parse(crlf("monitor: filename=unix:/m,server\nserial0: filename=pty:/dev/pts/7\n")), [
    { label: "monitor", filename: "unix:/m,server" },
    { label: "serial0", filename: "pty:/dev/pts/7" },
  ]);
  const stats = hmp.blockStats.parse(
    crlf(
      "ide0-hd0: rd_bytes=512 wr_bytes=1024 rd_operations=1 wr_operations=2\ndrive-virtio-disk0: rd_bytes=9 rd_total_times_ns=7\n",
    ),
  );
  assert.equal(stats.get("ide0-hd0")?.get("wr_operations"), 2n);
  assert.equal(stats.get("virtio-disk0")?.get("rd_total_times_ns"), 7n);
  assert.equal(hmp.balloonInfo.parse("balloon: actual=421,mem_swapped_in=5,free_mem=0\r\n").get("mem_swapped_in"), 5n);
  assert.throws(() => hmp.balloonInfo.parse("Ballooning not activated in this guest\r\n"), QmpError);
  assert.deepEqual(hmp.kvm.parse("kvm support: enabled\r\n"), { enabled: true });
  assert.deepEqual(
    hmp.migration.parse(
      crlf(
        "Migration status: active\ntransferred ram: 2 kbytes\nremaining ram: 3 kbytes\ntotal ram: 5 kbytes\ntransferred disk: 1 kbytes\n",
      ),
    ),
    { status: "active", transferred: 3072n, remaining: 3072n, total: 5120n },
  );
  assert.equal(hmp.migration.parse("").status, "none");
});

test("drives with media, without, and with spaces in their paths", () => {
  const text =
    "ide0-hd0: removable=0 io-status=ok file=/my images/a.img backing_file=/b ro=0 drv=qcow2 encrypted=0\n" +
    "ide1-cd0: type=cdrom removable=1 locked=0 [not inserted]\n" +
    "floppy0: removable=1 locked=1 tray-open=0 file=/f ro=1 drv=raw encrypted=0\nnoise\n";
  const [disk, cdrom, floppy, ...more] = readBlocks(crlf(text));
  assert.deepEqual(
    [disk?.file, disk?.format, disk?.ioStatus, disk?.readonly],
    ["/my images/a.img", "qcow2", "ok", false],
  );
  assert.deepEqual([cdrom?.device, cdrom?.removable, cdrom?.file], ["ide1-cd0", true, undefined]);
  assert.deepEqual([floppy?.locked, floppy?.trayOpen, floppy?.readonly], [true, false, true]);
  assert.deepEqual(more, []);
});

test("the PCI bus", () => {
  const text =
    "  Bus  0, device   0, function 0:\n    Host bridge: PCI device 8086:1237\n" +
    "  Bus  0, device   3, function 0:\n    Ethernet controller: PCI device 8086:100e\n      IRQ 11.\n";
  assert.deepEqual(readPci(crlf(text)).at(1), { bus: 0, slot: 3, function: 0, vendor: 0x8086, product: 0x100e });
});

test("commands as they are typed", () => {
  assert.equal(hmp.eject.format({ device: "ide1-cd0", force: true }), "eject -f ide1-cd0");
  assert.equal(hmp.change.format({ device: "ide1-cd0", file: '/a "b".iso' }), 'change ide1-cd0 "/a \\"b\\".iso"');
  assert.equal(hmp.savevm.format({ name: "a\\b" }), 'savevm "a\\\\b"');
  assert.equal(hmp.migrate.format({ uri: "exec:cat >/x" }), 'migrate -d "exec:cat >/x"');
  assert.equal(hmp.migrate.format({ uri: "tcp:h:1", blocks: "incremental" }), 'migrate -d -i "tcp:h:1"');
  assert.equal(hmp.sendkey.format({ keys: [0x1d, 0x38, 0xd3], holdTime: 50 }), "sendkey 0x1d-0x38-0xd3 50");
  assert.equal(hmp.memsave.format({ address: 4096n, size: 512n, file: "/m" }), 'memsave 4096 512 "/m"');
  assert.equal(hmp.pciAdd.format({ kind: "nic", args: "model=e1000" }), "pci_add pci_addr=auto nic model=e1000");
  assert.equal(hmp.pciAdd.format({ place: "0", kind: "storage", args: "if=scsi" }), "pci_add 0 storage if=scsi");
  assert.equal(hmp.pciDel.format({ domain: 0, bus: 0, slot: 12 }), "pci_del pci_addr=0000:00:0c");
  assert.equal(
    hmp.driveAdd.format({ adapter: { domain: 0, bus: 0, slot: 4 }, drive: "file=/a,if=scsi" }),
    "drive_add pci_addr=00:00:04 file=/a,if=scsi",
  );
  assert.equal(quoteArgument("a\nb\rc"), '"a\\nb\\rc"');
});

const refused = (errorClass: string, text: RegExp) => (error: unknown) =>
  error instanceof QmpError && error.errorClass === errorClass && text.test(error.description);

test("a refusal is told from chatter", () => {
  assert.throws(
    () => hmp.savevm.parse("No block device can accept snapshots\r\n"),
    refused("GenericError", /No block device/),
  );
  assert.throws(
    () => hmp.loadvm.parse("Could not find snapshot 'a' on device\r\n"),
    refused("GenericError", /Could not find/),
  );
  assert.throws(() => hmp.eject.parse("Device 'x' is locked\r\n"), refused("GenericError", /locked/));
  assert.throws(() => hmp.change.parse("Could not open '/x'\r\n"), refused("GenericError", /Could not open/));
  assert.throws(() => hmp.migrate.parse("migration failed\r\n"), refused("GenericError", /failed/));
  assert.throws(() => hmp.getfd.parse("unknown command: 'getfd'\r\n"), refused("CommandNotFound", /getfd/));
  assert.throws(
    () => hmp.balloonInfo.parse("info version  -- show the version\r\n"),
    refused("CommandNotFound", /info balloon/),
  );
  assert.throws(() => hmp.pciAdd.parse("failed to add x\r\n"), refused("GenericError", /failed to add/));
  assert.throws(() => hmp.driveAdd.parse(""), refused("GenericError", /no answer/));
  assert.equal(hmp.usbAdd.parse("husb: using proc file-system\r\n"), undefined);
  assert.deepEqual(hmp.pciAdd.parse("OK domain 0, bus 0, slot 4, function 0\r\n"), { domain: 0, bus: 0, slot: 4 });
  assert.deepEqual(hmp.pciAdd.parse("OK bus 0, slot 5...\r\n"), { domain: 0, bus: 0, slot: 5 });
  assert.deepEqual(hmp.driveAdd.parse("OK bus 0, unit 1\r\n"), { bus: 0, unit: 1 });
});

test("drives of text monitors from QEMU 1.5 on", () => {
  const text = [
    "ide0-hd0 (#block123): /a (b).img (qcow2)",
    "    Attached to:      /machine/unattached/device[23]",
    "    Cache mode:       writeback",
    "",
    "ide1-cd0 (#block300): c.iso (raw, read-only)",
    "    Attached to:      /machine/unattached/device[24]",
    "    Removable device: locked, tray open",
    "    Cache mode:       writeback",
    "",
    "top: t.qcow2 (qcow2)",
    "    Attached to:      /machine/peripheral/v/virtio-backend",
    "",
    "floppy0: [not inserted]",
    "    Removable device: not locked, tray closed",
    "",
  ].join("\n");
  const [disk, cdrom, node, floppy, ...more] = readBlocks(text);
  assert.equal(more.length, 0);
  assert.deepEqual(disk, {
    device: "ide0-hd0",
    removable: false,
    locked: false,
    trayOpen: undefined,
    file: "/a (b).img",
    format: "qcow2",
    readonly: false,
    ioStatus: undefined,
    qdev: "/machine/unattached/device[23]",
    node: "#block123",
  });
  assert.deepEqual([cdrom?.file, cdrom?.readonly, cdrom?.locked, cdrom?.trayOpen], ["c.iso", true, true, true]);
  assert.deepEqual([node?.device, node?.node, node?.qdev], ["", "top", "/machine/peripheral/v/virtio-backend"]);
  assert.deepEqual(
    [floppy?.device, floppy?.removable, floppy?.locked, floppy?.file],
    ["floppy0", true, false, undefined],
  );
});
