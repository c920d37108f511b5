import assert from "node:assert/strict";
import { test } from "node:test";
import { portsOfUsbModel, UsbAddressSet } from "./usb-set.ts";

test("devices take the free port nearest to the root", () => {
  const set = new UsbAddressSet();
  set.addBus(0, portsOfUsbModel("piix3-uhci"));
  set.addHub({ bus: 0, port: "1" });
  assert.deepEqual(set.reserveNext(), { bus: 0, port: "2" });
  assert.deepEqual(set.reserveNext(), { bus: 0, port: "1.1" });
  set.reserve({ bus: 0, port: "1.2" });
  assert.deepEqual(set.reserveNext(), { bus: 0, port: "1.3" });
});

test("a hub on a hub is filled before the next hub of the root", () => {
  const set = new UsbAddressSet();
  set.addBus(0, 2);
  for (const port of ["1", "2", "1.1"]) set.addHub({ bus: 0, port });
  for (let port = 2; port <= 8; port++) assert.equal(set.reserveNext().port, `1.${port}`);
  assert.equal(set.reserveNext().port, "1.1.1");
});

test("the next bus is used when one is full; then there is none", () => {
  const set = new UsbAddressSet();
  set.addBus(1, 1);
  set.addBus(0, 1);
  assert.deepEqual(
    [set.reserveNext(), set.reserveNext()],
    [
      { bus: 0, port: "1" },
      { bus: 1, port: "1" },
    ],
  );
  assert.throws(() => set.reserveNext(), /internal error: No free USB ports/);
});

test("places of the document are checked", () => {
  const set = new UsbAddressSet();
  set.addBus(0, portsOfUsbModel("qemu-xhci", 2));
  set.reserve({ bus: 0, port: "1" });
  assert.throws(() => set.reserve({ bus: 0, port: "1" }), /Duplicate USB address bus 0 port 1/);
  assert.throws(() => set.reserve({ bus: 0, port: "3" }), /requested USB port 3 not present on USB bus 0/);
  assert.throws(
    () => set.reserve({ bus: 0, port: "2.1" }),
    /there is no hub at port 2 in USB address bus: 0 port: 2.1/,
  );
  assert.throws(() => set.reserve({ bus: 4, port: "1" }), /Missing USB bus 4/);
  assert.throws(() => set.addBus(0, 2), /Duplicate USB controllers with index 0/);
  set.addBus(3, portsOfUsbModel("ich9-uhci1"));
  assert.throws(() => set.reserveNext(3), /USB bus 3 requested but no controller/);
});
