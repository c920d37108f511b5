import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import { demoDocument } from "./demo-document.ts";
import { type DemoBoot, parseDemoOptions } from "./demo-options.ts";

const options = (...argv: string[]) => parseDemoOptions(argv, "/home/me");

test("without options the built-in guest is booted, in little memory", () => {
  const { boot, memory, emulate, write, connect } = options();
  assert.deepEqual(
    { boot, memory, emulate, write, connect },
    {
      boot: { kind: "built-in" },
      memory: 16,
      emulate: false,
      write: undefined,
      connect: undefined,
    },
  );
});

test("paths are those of the working directory", () => {
  assert.deepEqual(options("--kernel", "vmlinuz", "--initrd=/boot/initrd").boot, {
    kind: "kernel",
    kernel: "/home/me/vmlinuz",
    initrd: "/boot/initrd",
    append: "console=ttyS0",
  });
  assert.equal(options("--write", "x").write, "/home/me/x");
});

test("a disk's format goes by its name or as told, never by what is in it", () => {
  const format = (...argv: string[]) => {
    const { boot } = options(...argv);
    return boot.kind === "disk" ? boot.format : undefined;
  };
  assert.equal(format("--disk", "a.qcow2"), "qcow2");
  assert.equal(format("--disk", "a.img"), "raw");
  assert.equal(format("--disk", "a.img", "--format", "qcow2"), "qcow2");
});

test("what does not fit is refused", () => {
  assert.throws(() => options("--kernel", "a", "--disk", "b"), /mutually exclusive/);
  assert.throws(() => options("--initrd", "a"), /need --kernel/);
  assert.throws(() => options("--format", "vmdk", "--disk", "a"), /expected raw or qcow2/);
  assert.throws(() => options("--memory", "-1"), /--memory/);
  assert.throws(() => options("--memory", "x"), /--memory/);
  assert.throws(() => options("--nonsense"), /nonsense/);
  assert.throws(() => options("operand"), /operand/);
});

test("every definition is a domain document, whatever the paths are", () => {
  const boots: readonly DemoBoot[] = [
    { kind: "built-in" },
    { kind: "kernel", kernel: "/a&b/<k>", initrd: "/i'\"", append: "a=<b> c&d" },
    { kind: "kernel", kernel: "/k", initrd: undefined, append: "" },
    { kind: "disk", image: "/x/'a\"&<b>.qcow2", format: "qcow2" },
  ];
  for (const boot of boots) {
    const document = demoDocument({ boot, image: "/tmp/it's/demo.img", memory: 32, type: "qemu" });
    const domain = parseDomain(document);
    assert.equal(domain.name, "demo");
    if (boot.kind === "kernel") assert.equal(domain.os?.kernel, boot.kernel);
  }
});
