import { OwnedDescriptor } from "../descriptor.ts";
import { hasErrno, SystemError } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import { readKernelFile } from "./sysfs.ts";

const O_RDWR = 2;
const KVM_GET_API_VERSION = 0xae00;
const KVM_CREATE_VM = 0xae01;
const KVM_CHECK_EXTENSION = 0xae03;
const KVM_CREATE_VCPU = 0xae41;
const KVM_GET_TSC_KHZ = 0xaea3;
const KVM_CAP_NR_VCPUS = 9;
const KVM_CAP_MAX_VCPUS = 66;
const KVM_CAP_TSC_CONTROL = 60;
const KVM_CAP_GET_TSC_KHZ = 61;
/** The only version there has been since Linux 2.6.22. */
const KVM_API_VERSION = 12;

/** Whether `/dev/kvm` opens and speaks the API. */
export async function kvmState(): Promise<{ available: boolean; nested: boolean; reason?: string }> {
  const nested = await Promise.all(
    ["kvm_intel", "kvm_amd"].map((module) => readKernelFile(`/sys/module/${module}/parameters/nested`)),
  );
  const isNested = nested.some((value) => value === "Y" || value === "1");
  try {
    using kvm = new OwnedDescriptor(libc().open("/dev/kvm", O_RDWR));
    const version = libc().ioctlInteger(kvm.fd, KVM_GET_API_VERSION, 0, "Unable to query KVM");
    if (version === KVM_API_VERSION) return { available: true, nested: isNested };
    return { available: false, nested: isNested, reason: `KVM speaks API version ${version}` };
  } catch (error) {
    if (error instanceof SystemError) return { available: false, nested: isNested, reason: error.message };
    throw error;
  }
}

/** The most virtual CPUs KVM gives a guest. Throws a `SystemError` when there is no KVM. */
export function kvmMaxVcpus(): number {
  const c = libc();
  using kvm = openKvm();
  const ask = (capability: number): number =>
    c.ioctlInteger(kvm.fd, KVM_CHECK_EXTENSION, capability, "Unable to query KVM");
  const most = ask(KVM_CAP_MAX_VCPUS);
  return most > 0 ? most : ask(KVM_CAP_NR_VCPUS);
}

function openKvm(): OwnedDescriptor {
  try {
    return new OwnedDescriptor(libc().open("/dev/kvm", O_RDWR));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new SystemError(error.errno, "Unable to open /dev/kvm", { cause: error });
  }
}

/** Frequency of the TSC, asked of a throw-away virtual CPU as only KVM tells it; `undefined` without KVM. */
export function tscFrequency(): { readonly frequency: bigint; readonly scaling: boolean } | undefined {
  const c = libc();
  try {
    using kvm = new OwnedDescriptor(c.open("/dev/kvm", O_RDWR));
    const has = (capability: number): boolean =>
      c.ioctlInteger(kvm.fd, KVM_CHECK_EXTENSION, capability, "Unable to query KVM") > 0;
    if (!has(KVM_CAP_GET_TSC_KHZ)) return undefined;
    using machine = new OwnedDescriptor(c.ioctlInteger(kvm.fd, KVM_CREATE_VM, 0, "Unable to create KVM VM"));
    using cpu = new OwnedDescriptor(c.ioctlInteger(machine.fd, KVM_CREATE_VCPU, 0, "Unable to create KVM vCPU"));
    const khz = c.ioctlInteger(cpu.fd, KVM_GET_TSC_KHZ, 0, "Unable to probe TSC frequency");
    return { frequency: BigInt(khz) * 1000n, scaling: has(KVM_CAP_TSC_CONTROL) };
  } catch (error) {
    if (hasErrno(error, "ENOENT", "EACCES", "EPERM", "ENODEV", "EBUSY", "EIO", "ENXIO", "EINVAL", "ENOTTY"))
      return undefined;
    throw error;
  }
}
