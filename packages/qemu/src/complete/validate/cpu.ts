import { ErrorCode } from "@tsvirt/base";
import type { Cpu } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

/** What QEMU cannot do of the guest's CPU (`qemuValidateDomainDefCpu`). */
export function validateCpu({ domain, board, caps, facts, report }: Completing): void {
  const { cpu } = domain;
  if (!cpu) return;
  const refuse = (place: object, message: string): void => report(place, message, ErrorCode.configUnsupported);
  const { maxphysaddr, cache } = cpu;
  if (maxphysaddr) {
    if (!board.isX86) {
      refuse(
        maxphysaddr,
        `CPU maximum physical address bits specification is not supported for '${board.arch}' architecture`,
      );
    } else if (maxphysaddr.mode === "passthrough" && maxphysaddr.bits !== undefined) {
      refuse(
        maxphysaddr,
        "CPU maximum physical address bits number specification cannot be used with mode='passthrough'",
      );
    } else if (maxphysaddr.mode === "emulate" && maxphysaddr.bits === undefined) {
      refuse(maxphysaddr, "if using CPU maximum physical address mode='emulate', bits= must be specified too");
    }
  }
  if (cache) {
    if (!board.isX86) refuse(cache, `CPU cache specification is not supported for '${board.arch}' architecture`);
    else validateCache(cpu.mode, cache, (message) => refuse(cache, message));
  }
  if (
    cpu.mode === "host-passthrough" &&
    board.arch === "armv7l" &&
    facts.arch === "aarch64" &&
    !caps.has("aarch64-off")
  ) {
    refuse(cpu, "QEMU binary does not support CPU host-passthrough for armv7l on aarch64 host");
  }
  if (cpu.mode === "host-passthrough" && cpu.migratable === true && !caps.has("cpu.migratable")) {
    refuse(cpu, "Migratable attribute for host-passthrough CPU is not supported by this QEMU binary");
  }
  if (cpu.mode === "maximum" && !caps.has("cpu-max")) refuse(cpu, "maximum CPU is not supported by QEMU binary");
}

function validateCache(mode: Cpu["mode"], cache: NonNullable<Cpu["cache"]>, refuse: (message: string) => void): void {
  if (cache.mode === "emulate") {
    if (cache.level !== 3) refuse("CPU cache mode 'emulate' can only be used with level='3'");
    return;
  }
  if (cache.mode === "passthrough" && mode !== "host-passthrough" && mode !== "maximum") {
    refuse("CPU cache mode 'passthrough' can only be used with 'host-passthrough' / 'maximum' CPUs");
  }
  if (cache.level !== undefined) refuse(`unsupported CPU cache level for mode '${cache.mode}'`);
}
