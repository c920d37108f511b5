import type { Host } from "@tsvirt/host";
import type { QemuConf } from "@tsvirt/qemu";
import type { InstanceKind } from "../../driver.ts";
import { AppArmorDriver } from "./apparmor/apparmor-driver.ts";
import { AppArmorProfiles } from "./apparmor/profiles.ts";
import type { SecurityDriver } from "./security-driver.ts";

/**
 * The modules that confine guests of an instance, the first one being its model, by `security_driver` of qemu.conf; without
 * one, whatever the host has. Only the system's instance has any, DAC aside. Throws by `complain` when one is asked for that
 * cannot be had, or confinement is required and there is none.
 */
export async function openSecurity(
  host: Host,
  kind: InstanceKind,
  settings: QemuConf,
  complain: (key: "security_driver" | "security_require_confined", text: string) => Error,
): Promise<readonly SecurityDriver[]> {
  const names = settings.security_driver;
  const drivers: SecurityDriver[] = [];
  if (kind === "system" && (names ?? ["apparmor"]).includes("apparmor") && (await hasAppArmor(host))) {
    drivers.push(new AppArmorDriver(new AppArmorProfiles(host)));
  }
  for (const name of names ?? []) {
    if (name === "none" || name === "dac" || drivers.some(({ model }) => model === name)) continue;
    throw complain("security_driver", `Security driver ${name} not enabled`);
  }
  if (drivers.length === 0 && settings.security_require_confined && settings.security_default_confined) {
    throw complain("security_require_confined", 'Security driver "none" cannot create confined guests');
  }
  return drivers;
}

/** A process that is confined by nothing may not put others under a profile: AppArmor is of use to a confined daemon only. */
async function hasAppArmor(host: Host): Promise<boolean> {
  const profiles = new AppArmorProfiles(host);
  return (await profiles.available()) && (await profiles.ownProfile()) !== undefined && profiles.hasTemplate();
}
