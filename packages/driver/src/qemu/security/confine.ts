import { ErrorCode, virtError } from "@tsvirt/base";
import type { LaunchSpec } from "@tsvirt/host";
import type { Domain, Seclabel } from "@tsvirt/model/domain";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import type { SecurityDriver, SecurityNeeds } from "./security-driver.ts";

/**
 * Before QEMU's program is started: the guest has a label of every module of the host, by which all it needs is accessible.
 * It is given back at its end.
 */
export async function confineGuest(driver: QemuDriver, live: LiveGuest): Promise<void> {
  const { settings } = driver;
  const models = new Set(["none", "dac", ...driver.security.map(({ model }) => model)]);
  const stranger = live.domain.seclabels.find(({ model }) => model !== undefined && !models.has(model));
  if (stranger) {
    throw virtError(ErrorCode.configUnsupported, `Unable to find security driver for model ${stranger.model}`);
  }
  for (const security of driver.security) {
    const stated = live.domain.seclabels.find(({ model }) => model === security.model);
    if (stated?.type === "none" || (stated === undefined && !settings.security_default_confined)) {
      if (!settings.security_require_confined) continue;
      throw virtError(ErrorCode.configUnsupported, "Unconfined guests are not allowed on this host");
    }
    const label = await security.labelFor(live.domain, stated);
    const others = live.domain.seclabels.filter((each) => each !== stated);
    live.domain = { ...live.domain, seclabels: [label, ...others] };
    if (stated === undefined) live.addedLabels.add(security.model);
    live.holdings.add(() => security.release(live.domain, label));
    await security.allow(live.domain, label, needsOf(live));
  }
}

/** After a change of a running guest's devices, or before one: `domain` is then what it will be. */
export async function renewConfinement(
  driver: QemuDriver,
  live: LiveGuest,
  domain: Domain = live.domain,
): Promise<void> {
  for (const [security, label] of labelsOf(driver, live)) await security.allow(domain, label, needsOf(live));
}

/** Of a guest that another daemon started: what it was given is taken back at its end. */
export function readoptConfinement(driver: QemuDriver, live: LiveGuest): void {
  for (const [security, label] of labelsOf(driver, live)) {
    live.holdings.add(() => security.release(live.domain, label));
  }
}

/** The modules that confine a guest, with its labels. */
export function labelsOf({ security }: QemuDriver, live: LiveGuest): (readonly [SecurityDriver, Seclabel])[] {
  return security.flatMap((each) => {
    const label = live.domain.seclabels.find(({ model, type }) => model === each.model && type !== "none");
    return label === undefined ? [] : [[each, label] as const];
  });
}

/** The label that QEMU's program is started in. */
export function launchLabelOf(driver: QemuDriver, live: LiveGuest): LaunchSpec["label"] {
  const [first] = labelsOf(driver, live);
  return first?.[0].launchLabel(first[1]);
}

function needsOf({ paths, domain }: LiveGuest): SecurityNeeds {
  const hasTap = (domain.devices?.interfaces ?? []).some(({ type }) => type !== "user" && type !== "hostdev");
  return { trees: [paths.directory, paths.channels], files: hasTap ? ["/dev/net/tun"] : [] };
}
