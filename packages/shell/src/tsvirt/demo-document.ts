import { escapeAttribute, escapeXml } from "@tsvirt/codec/xml";
import type { DemoBoot } from "./demo-options.ts";

/** What the demo's guest is called. */
export const DEMO_NAME = "demo";

/** What a definition is made of. */
export interface DemoDocument {
  readonly boot: DemoBoot;
  /** Absolute path of the built-in guest's image. */
  readonly image: string;
  /** MiB. */
  readonly memory: number;
  /** `qemu` emulates the processor. */
  readonly type: "kvm" | "qemu";
}

/** The definition of the demo's guest: a disk or a kernel, a serial console, a screen that nobody needs to look at. */
export function demoDocument({ boot, image, memory, type }: DemoDocument): string {
  return `<domain type='${type}'>
  <name>${DEMO_NAME}</name>
  <memory unit='MiB'>${memory}</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
${bootLines(boot)}
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <devices>
${deviceLines(boot, image)}
    <serial type='pty'/>
    <console type='pty'/>
    <video>
      <model type='vga'/>
    </video>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}

function bootLines(boot: DemoBoot): string {
  if (boot.kind !== "kernel") return "    <boot dev='hd'/>";
  const initrd = boot.initrd === undefined ? "" : `\n    <initrd>${escapeXml(boot.initrd)}</initrd>`;
  return `    <kernel>${escapeXml(boot.kernel)}</kernel>${initrd}\n    <cmdline>${escapeXml(boot.append)}</cmdline>`;
}

function deviceLines(boot: DemoBoot, image: string): string {
  if (boot.kind === "built-in") return disk(image, "raw", "hda", "ide");
  const network = `    <interface type='user'>
      <model type='virtio'/>
    </interface>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>`;
  return boot.kind === "kernel" ? network : `${disk(boot.image, boot.format, "vda", "virtio")}\n${network}`;
}

function disk(path: string, format: string, target: string, bus: string): string {
  return `    <disk type='file' device='disk'>
      <driver name='qemu' type='${format}'/>
      <source file='${escapeAttribute(path)}'/>
      <target dev='${target}' bus='${bus}'/>
    </disk>`;
}
