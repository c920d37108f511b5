import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { before, test } from "node:test";
import { formatDomain, parseDomain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { completeDomain, prepareStart, qemuHooks } from "../complete/complete.ts";
import { fakeBuildContext, fakeHostFacts, probeTranscript } from "../testing/index.ts";
import { buildCommandLine } from "./build.ts";
import type { CommandLine, FirmwareDescriptor } from "./context.ts";

const fixtures = new URL("../../fixtures/argv/", import.meta.url);
const names = (await readdir(fixtures)).filter((name) => name.endsWith(".xml")).map((name) => name.slice(0, -4));

/** A descriptor of our own: UEFI for q35 and i440fx. */
const firmware: readonly FirmwareDescriptor[] = [
  {
    path: "60-uefi.json",
    text: JSON.stringify({
      description: "UEFI",
      "interface-types": ["uefi"],
      mapping: {
        device: "flash",
        executable: { filename: "/usr/share/uefi/CODE.fd", format: "raw" },
        "nvram-template": { filename: "/usr/share/uefi/VARS.fd", format: "raw" },
      },
      targets: [{ architecture: "x86_64", machines: ["pc-i440fx-*", "pc-q35-*"] }],
      features: ["acpi-s3"],
      tags: [],
    }),
  },
];
const facts = fakeHostFacts({ firmware });

let caps: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  caps = await probeTranscript(await readFile(transcript, "utf8"));
});

const read = (name: string): Promise<string> => readFile(new URL(`${name}.xml`, fixtures), "utf8");

function build(xml: string): CommandLine {
  const domain = parseDomain(xml, { inactive: true, hooks: qemuHooks(caps, facts) });
  prepareStart(domain, caps, facts);
  for (const graphics of domain.devices?.graphics ?? []) {
    // The start chooses ports; here always the same ones.
    if (graphics.type === "vnc" && graphics.port === -1) graphics.port = 5900;
    if (graphics.type === "spice" && graphics.autoport === true) graphics.port = 5901;
  }
  return buildCommandLine(domain, caps, fakeBuildContext());
}

/** One word a line, the environment first. */
function golden({ emulator, args, env }: CommandLine): string {
  return [...Object.entries(env).map(([name, value]) => `${name}=${value}`), emulator, ...args, ""].join("\n");
}

for (const name of names) {
  test(`${name}.xml gives ${name}.args`, async () => {
    const actual = golden(build(await read(name)));
    const file = new URL(`${name}.args`, fixtures);
    if (process.env.UPDATE_GOLDEN === "1") {
      await writeFile(file, actual);
      assert.fail("the golden file was rewritten: look at the difference and run again");
    }
    assert.equal(actual, await readFile(file, "utf8"));
  });

  test(`${name}.xml: what has been written and read once does not change any more`, async () => {
    const again = (text: string): string => {
      const domain = parseDomain(text, { inactive: true, hooks: qemuHooks(caps, facts) });
      return formatDomain(domain, { inactive: true, secure: true });
    };
    // The first time may bring disks and controllers into another order, as in libvirt: now their buses are known.
    const text = again(again(await read(name)));
    assert.equal(again(text), text);
    const domain = parseDomain(text, { inactive: true });
    assert.deepEqual(
      completeDomain(completeDomain(domain, caps, facts), caps, facts),
      completeDomain(domain, caps, facts),
    );
  });
}

test("every descriptor that the arguments name is listed, and no other", async () => {
  for (const name of names) {
    const { args, fds } = build(await read(name));
    const text = args.join("\n");
    for (const fd of fds)
      assert.match(text, new RegExp(`(?:fds?|vhostfds?)(?:=|":")(?:\\d+:)*${fd}\\b|fd=${fd}\\b`), name);
    assert.equal(new Set(fds).size, fds.length, name);
  }
});

test("QEMU reads no configuration, makes no device by itself, and may do nothing that its sandbox can deny (C2)", async () => {
  const denied = "obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
  for (const name of names) {
    const { args } = build(await read(name));
    assert.ok(args.includes("-nodefaults") && args.includes("-no-user-config"), name);
    assert.equal(args[args.indexOf("-sandbox") + 1], `on,${denied}`, name);
  }
});

test("passwords are on no command line and in no environment (S1)", async () => {
  const { args, env } = build(await read("i440fx-old"));
  assert.doesNotMatch([...args, ...Object.values(env)].join("\n"), /secret(?!","id)/);
});

test("an older QEMU gets the same in key=value notation", async () => {
  const old = caps.with([], ["device.json+hotplug", "netdev.json", "object.qapified"]);
  const domain = parseDomain(await read("boot-order"), { inactive: true, hooks: qemuHooks(old, facts) });
  prepareStart(domain, old, facts);
  const { args } = buildCommandLine(domain, old, fakeBuildContext());
  assert.ok(
    args.includes("virtio-blk-pci,bus=pci.0,addr=0x3,drive=libvirt-2-format,id=virtio-disk0,bootindex=2"),
    args.join("\n"),
  );
  assert.ok(args.includes("tap,fd=20,id=hostnet0"));
});

test("every device's arguments name the element that caused them", async () => {
  for (const name of names) {
    const { args, causes } = build(await read(name));
    assert.equal(causes.length, args.length, name);
    for (const [index, text] of args.entries()) {
      if (args[index - 1] !== "-device") continue;
      const id = /"id":"([^"]+)"/.exec(text)?.[1];
      const value = causes[index]?.value;
      assert.ok(value, `${name}: ${text}`);
      if (id === undefined || !("alias" in value)) continue;
      // A codec has its sound card's id in its own.
      assert.equal(id.replace(/-codec\d+$/, ""), value.alias, `${name}: ${text}`);
    }
  }
});

test("SPICE's SASL finds its configuration where qemu.conf says", () => {
  const xml = `<domain type='qemu'><name>vm</name><memory>65536</memory><os><type machine='q35'>hvm</type></os>
    <devices><graphics type='spice' port='5901'/></devices></domain>`;
  const domain = parseDomain(xml, { inactive: true, hooks: qemuHooks(caps, facts) });
  prepareStart(domain, caps, facts);
  const path = (config: { spice_sasl: boolean; spice_sasl_dir: string }): string | undefined =>
    buildCommandLine(domain, caps, fakeBuildContext({ config })).env.SASL_CONF_PATH;
  assert.equal(path({ spice_sasl: true, spice_sasl_dir: "/etc/sasl2" }), "/etc/sasl2");
  assert.equal(path({ spice_sasl: false, spice_sasl_dir: "/etc/sasl2" }), undefined);
});
