import type { NumaCell } from "@tsvirt/host";
import { CapabilitiesGuest, CapabilitiesHost } from "@tsvirt/model/capabilities";
import { architectures, type GuestKind, guestCapabilities } from "@tsvirt/qemu";
import type { Emulator } from "../emulators/emulators.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { hostCpu } from "./host-cpu.ts";

/** The document of `virConnectGetCapabilities`: the host, and every kind of guest that its emulators can run. */
export async function hostCapabilities(driver: QemuDriver): Promise<string> {
  const { node } = driver.host;
  const [summary, description, cells, power, iommu, pages, uuid, emulators, caches] = await Promise.all([
    node.summary(),
    node.cpu(),
    node.numa(),
    node.powerManagement(),
    node.iommu(),
    node.pageSizes(),
    driver.hostUuid(),
    driver.emulators.all(architectures.map(({ name }) => name)),
    node.caches(),
  ]);
  const x86 = summary.model === "x86_64" || summary.model === "i686";
  const cpu = x86 ? hostCpu(description) : { model: undefined, vendor: undefined, features: [] };
  const owner = driver.user ?? driver.host.users.self;
  const label = `+${owner.uid}:+${owner.gid}`;
  const host = CapabilitiesHost.format(
    {
      uuid,
      cpu: {
        arch: summary.model,
        ...(cpu.model !== undefined && { model: { name: cpu.model } }),
        ...(cpu.vendor !== undefined && { vendor: cpu.vendor }),
        ...(description.microcode !== undefined && { microcode: { version: description.microcode } }),
        ...(x86 && {
          signature: { family: description.family, model: description.model, stepping: description.stepping },
        }),
        ...(description.tsc && {
          counter: { name: "tsc", frequency: description.tsc.frequency, scaling: description.tsc.scaling },
        }),
        topology: {
          sockets: summary.sockets,
          dies: Math.max(1, new Set(cells[0]?.cpus.map(({ die }) => die)).size),
          cores: summary.cores,
          threads: summary.threads,
        },
        ...(description.physicalBits !== undefined && {
          maxphysaddr: { mode: "emulate", bits: description.physicalBits },
        }),
        features: cpu.features.map((name) => ({ name })),
        pages: pages.map((size) => ({ unit: "KiB", size: BigInt(size) })),
      },
      powerManagement: {
        ...(power.suspend && { suspendMem: true as const }),
        ...(power.hibernate && { suspendDisk: true as const }),
        ...(power.hybrid && { suspendHybrid: true as const }),
      },
      iommu,
      migrationFeatures: { live: true, uriTransports: { uriTransports: ["tcp", "rdma"] } },
      topology: { cells: { num: cells.length, cells: cells.map(cellOf) } },
      ...(caches.length > 0 && {
        cache: {
          banks: caches.map(({ sizeKiB, cpus, ...bank }) => ({
            ...bank,
            ...sized(sizeKiB),
            cpus: ranges(cpus),
            controls: [],
          })),
        },
      }),
      secmodels: [
        ...(driver.security.length > 0 ? driver.security : [{ model: "none", doi: "0" }]).map(({ model, doi }) => ({
          model,
          doi,
          baselabels: [],
        })),
        ...(driver.privileged
          ? [
              {
                model: "dac",
                doi: "0",
                baselabels: [
                  { type: "kvm", label },
                  { type: "qemu", label },
                ],
              },
            ]
          : []),
      ],
    },
    { indent: 1 },
  );
  const kinds = await guestKinds(driver, emulators);
  const guests = kinds.map((kind) => CapabilitiesGuest.format(guestCapabilities(kind), { indent: 1 }));
  // libvirt sets the parts apart with empty lines.
  return ["<capabilities>\n", host, ...guests, "</capabilities>\n"].join("\n");
}

/** Every kind of guest that can be run here, by which emulator, and by which one with KVM. */
async function guestKinds(driver: QemuDriver, served: readonly Emulator[]): Promise<GuestKind[]> {
  const { emulators, host } = driver;
  const native = host.node.architecture;
  const narrower = native === "x86_64" ? [native, "i686"] : [native];
  const [others, xenner] = await Promise.all([emulators.others(served), emulators.xenner()]);
  const kinds: GuestKind[] = [];
  for (const { arch, path, capabilities: caps } of [...served, ...others]) {
    const needsKvm = narrower.includes(arch) && caps.accelerator("kvm") === undefined;
    const kvm = needsKvm ? await emulators.withKvm(arch) : undefined;
    kinds.push({ arch, path, caps, ...(kvm && { kvm: { path: kvm.path, caps: kvm.capabilities } }) });
  }
  // A Xen guest of a 64-bit host may be of either width.
  if (xenner)
    for (const arch of narrower.toReversed()) kinds.push({ arch, path: xenner.path, caps: xenner.capabilities });
  return kinds;
}

function cellOf(cell: NumaCell) {
  return {
    id: cell.id,
    memory: { unit: "KiB", size: Number(cell.memory) },
    pages: cell.pages.map(({ sizeKiB, count }) => ({ unit: "KiB", size: BigInt(sizeKiB), count })),
    distances: { siblings: cell.distances.map(({ id, value }) => ({ id, value })) },
    caches: [],
    cpus: {
      num: cell.cpus.length,
      cpus: cell.cpus.map(({ id, socket, die, core, siblings }) => ({
        id,
        socketId: socket,
        dieId: die,
        coreId: core,
        siblings: ranges(siblings),
      })),
    },
  };
}

/** libvirt shows the largest unit that leaves a whole number. */
function sized(kib: number): { readonly size: number; readonly unit: string } {
  return kib % 1024 === 0 ? { size: kib / 1024, unit: "MiB" } : { size: kib, unit: "KiB" };
}

/** `0-2,5` for 0, 1, 2, 5. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    const first = numbers[i] ?? 0;
    let last = first;
    while (numbers[i + 1] === last + 1) {
      i++;
      last++;
    }
    i++;
    parts.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return parts.join(",");
}
