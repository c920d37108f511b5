import type { BuildContext, HostFacts } from "../argv/context.ts";

/** Facts of a host that is the same everywhere: x86_64, privileged, no firmware, random numbers that count. */
export function fakeHostFacts(facts: Partial<HostFacts> = {}): HostFacts {
  return {
    privileged: true,
    arch: "x86_64",
    config: {},
    nvramDir: "/var/lib/libvirt/qemu/nvram",
    nvramTemplateFor: (loader) => (loader.includes("CODE") ? loader.replace("CODE", "VARS") : undefined),
    firmware: [],
    emulatorFor: (arch) => `/usr/bin/qemu-system-${arch}`,
    random: (count) => Uint8Array.from({ length: count }, (_, index) => index),
    ...facts,
  };
}

/** What a start would have made, with descriptors numbered from 20 in the order in which they are asked for. */
export function fakeBuildContext(context: Partial<BuildContext> = {}): BuildContext {
  let next = 20;
  return {
    domainId: 1,
    hostArch: "x86_64",
    privileged: true,
    config: {},
    privateDir: "/var/lib/libvirt/qemu/domain-1-guest",
    channelDir: "/run/libvirt/qemu/channel/1-guest",
    monitor: { fd: 10 },
    masterKeyFile: "/var/lib/libvirt/qemu/domain-1-guest/master-key.aes",
    encryptSecret: (id) => ({ data: `encrypted ${id}`, iv: "iv" }),
    secretValue: () => new TextEncoder().encode("secret"),
    tap: () => ({ fds: [next++], vhostFds: [] }),
    listeningChardev: () => next++,
    chardevFile: () => next++,
    otherFd: () => next++,
    passtSocket: (alias) => `/run/libvirt/qemu/passt/1-guest-${alias}.socket`,
    tpmSocket: "/run/libvirt/qemu/swtpm/1-guest-swtpm.sock",
    memorySubdir: "1-guest",
    hugePages: [{ path: "/dev/hugepages", sizeKib: 2048, isDefault: true }],
    isHostCdrom: (path) => path === "/dev/cdrom",
    scsiGenericPath: () => "/dev/sg0",
    now: 1_700_000_000,
    utcOffset: 0,
    renderNode: "/dev/dri/renderD128",
    env: {},
    ...context,
  };
}
