import assert from "node:assert/strict";
import { test } from "node:test";
import { limitCommands } from "./bandwidth.ts";

test("limits of a guest's tap, in the words libvirt gives tc", () => {
  const limits = { inbound: { average: 1000n, peak: 5000n, burst: 1024n }, outbound: { average: 500n } };
  assert.deepEqual(
    limitCommands("vnet0", limits, false).map((each) => each.join(" ")),
    [
      "tc qdisc add dev vnet0 root handle 1: htb default 1",
      "tc class add dev vnet0 parent 1: classid 1:1 htb rate 1000kbps ceil 5000kbps burst 1024kb",
      "tc qdisc add dev vnet0 parent 1:1 handle 2: sfq perturb 10",
      "tc filter add dev vnet0 parent 1:0 protocol all prio 1 handle 1 fw flowid 1",
      "tc qdisc add dev vnet0 ingress",
      "tc filter add dev vnet0 parent ffff: protocol all u32 match u32 0 0 police rate 500kbps burst 500kb mtu 64kb drop flowid :1",
    ],
  );
});

test("a network's bridge has a class above its own, for its ports", () => {
  const classes = limitCommands("virbr0", { inbound: { average: 10n } }, true).filter(([, what]) => what === "class");
  assert.deepEqual(
    classes.map((each) => each.slice(5).join(" ")),
    ["parent 1: classid 1:1 htb rate 10kbps", "parent 1:1 classid 1:2 htb rate 10kbps"],
  );
});

test("without an average there is no limit", () => {
  assert.deepEqual(limitCommands("vnet0", { inbound: { average: 0n } }, false), []);
  assert.deepEqual(limitCommands("vnet0", {}, true), []);
});
