import { ErrorCode, virtError } from "@tsvirt/base";
import type { Os } from "@tsvirt/model/domain";
import { chooseFirmware } from "../firmware/firmware.ts";
import type { Completing } from "./state.ts";

/** Fills in loader and variable store: as the descriptors say for `<os firmware=''>`, or after the loader's path. */
export function fillFirmware(state: Completing): void {
  const { domain, board, facts } = state;
  const { os } = domain;
  const kind = os.firmware;
  if (kind === undefined) {
    if (os.loader?.path !== undefined) {
      os.loader.type ??= "rom";
      if (os.loader.type === "pflash") fillNvramPath(state, os.loader.path);
    }
    return;
  }
  if (os.loader?.path !== undefined) return;
  const wanted = (name: "secure-boot" | "enrolled-keys"): boolean | undefined =>
    os.firmwareFeatures?.features.find((feature) => feature.name === name)?.enabled;
  const sev =
    domain.launchSecurity?.type === "sev" ? ((domain.launchSecurity.policy ?? 0) & 4 ? "sev-es" : "sev") : undefined;
  const choice = chooseFirmware(facts.firmware, {
    kind,
    target: board.arch === "i686" ? "i386" : board.arch === "armv7l" ? "arm" : board.arch,
    machine: board.machine,
    secureBoot: wanted("secure-boot"),
    enrolledKeys: wanted("enrolled-keys"),
    secureLoader: os.loader?.secure,
    smm: domain.features?.smm?.state,
    s3: domain.pm?.suspendToMem,
    s4: domain.pm?.suspendToDisk,
    sev,
    stateless: os.loader?.stateless,
  });
  if (!choice) {
    throw virtError(ErrorCode.operationFailed, `Unable to find any firmware to satisfy '${kind}'`);
  }
  os.loader ??= {};
  os.loader.path = choice.file;
  if (choice.device === "flash") {
    os.loader.type = "pflash";
    os.loader.readonly = true;
    if (choice.nvramTemplate !== undefined && os.loader.stateless !== true) {
      os.nvram ??= {};
      if (os.nvram.template === undefined) os.nvram.template = choice.nvramTemplate;
      fillNvramPath(state, choice.file);
    }
  } else os.loader.type = "rom";
  if (choice.requiresSmm) {
    domain.features ??= {};
    domain.features.smm ??= { state: true };
    os.loader.secure = true;
  }
}

/** Where the guest's own firmware variables are kept. */
function fillNvramPath({ domain, facts }: Completing, loader: string): void {
  const os: Os = domain.os;
  if (os.loader?.readonly !== true || os.loader.stateless === true) return;
  os.nvram ??= {};
  if (os.nvram.path === undefined && os.nvram.source === undefined) {
    os.nvram.path = `${facts.nvramDir}/${domain.name}_VARS.fd`;
  }
  if (os.nvram.template === undefined) {
    const template = facts.nvramTemplateFor(loader);
    if (template !== undefined) os.nvram.template = template;
  }
}
