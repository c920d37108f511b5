import { chmod, writeFile } from "node:fs/promises";
import { BANNER, bootImage } from "../../packages/shell/src/tsvirt/demo-image.ts";
import type { Sandbox } from "./sandbox.ts";

/** What the tiny guest says on its serial port when it is up. */
export const TINY_BANNER = BANNER;

/** How a tiny guest differs from the plainest one. */
export interface TinyGuestOptions {
  readonly uuid?: string;
  /** XML put before the end of <devices>. */
  readonly devices?: string;
  /** XML put before <devices>. */
  readonly settings?: string;
}

/**
 * Definition of a guest that boots the demo's boot sector under emulation in 16 MiB: it greets on its serial port within a second,
 * answers keys and obeys the power button. Its image is put into the sandbox's /var/lib/libvirt/images.
 */
export async function tinyGuest(sandbox: Sandbox, name: string, options: TinyGuestOptions = {}): Promise<string> {
  const image = `/var/lib/libvirt/images/${name}.img`;
  await writeFile(sandbox.outside(image), bootImage());
  await chmod(sandbox.outside(image), 0o666);
  return `<domain type='qemu'>
  <name>${name}</name>${options.uuid === undefined ? "" : `\n  <uuid>${options.uuid}</uuid>`}
  <memory unit='MiB'>16</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features><acpi/></features>${options.settings ?? ""}
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${image}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    <serial type='pty'/>
    <console type='pty'/>
    <memballoon model='none'/>${options.devices ?? ""}
  </devices>
</domain>
`;
}
