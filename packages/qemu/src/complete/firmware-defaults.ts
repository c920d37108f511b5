import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain, Os } from "@tsvirt/model/domain";
import { boardOfDomain } from "../argv/board.ts";
import type { HostFacts } from "../argv/context.ts";
import { chooseFirmware } from "../firmware/firmware.ts";
import type { Completing } from "./state.ts";

/** Fills in what follows from a loader that the document names. */
export function fillFirmware({ domain, facts }: Pick<Completing, "domain" | "facts">): void {
  const { os } = domain;
  if (os.firmware !== undefined || os.loader?.path === undefined) return;
  os.loader.type ??= "rom";
  if (os.loader.type === "pflash") fillNvramPath(domain, facts, os.loader.path);
}

/**
 * Chooses loader and variable store for `<os firmware=''>` as the descriptors say; done at each start, so that a newer
 * image is taken. Throws if no firmware suits.
 */
export function selectFirmware(domain: Domain, facts: HostFacts): void {
  const { os } = domain;
  const kind = os.firmware;
  if (kind === undefined) return;
  const board = boardOfDomain(domain);
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
      fillNvramPath(domain, facts, choice.file);
    }
  } else os.loader.type = "rom";
  if (choice.requiresSmm) {
    domain.features ??= {};
    domain.features.smm ??= { state: true };
    os.loader.secure = true;
  }
}

/** Where the guest's own firmware variables are kept. */
function fillNvramPath(domain: Domain, facts: HostFacts, loader: string): void {
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
