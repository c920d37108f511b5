import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import type { LaunchSpec } from "@tsvirt/host";
import type { Domain, Seclabel } from "@tsvirt/model/domain";
import { type Access, profileName } from "@tsvirt/qemu/apparmor";
import type { ProcessLabel, SecurityDriver, SecurityNeeds } from "../security-driver.ts";
import type { AppArmorProfiles } from "./profiles.ts";

/** Confinement by AppArmor: a guest's label is the name of its profile. */
export class AppArmorDriver implements SecurityDriver {
  readonly model = "apparmor";
  readonly doi = "0";
  readonly #profiles: AppArmorProfiles;

  constructor(profiles: AppArmorProfiles) {
    this.#profiles = profiles;
  }

  async labelFor({ uuid = "" }: Domain, stated: Seclabel | undefined): Promise<Seclabel> {
    if (stated?.type === "static") {
      const { label = "" } = stated;
      if ((await this.#profiles.mode(label)) !== undefined) return stated;
      throw virtError(ErrorCode.xmlError, `Invalid security label '${label}'`, {
        hint: "A static label is the name of a profile that is loaded: see aa-status.",
      });
    }
    if (stated?.baselabel !== undefined) {
      throw virtError(ErrorCode.configUnsupported, "Cannot set a base label with AppArmour");
    }
    const label = profileName(uuid);
    return { type: "dynamic", model: this.model, relabel: true, label, imagelabel: label };
  }

  async allow(domain: Domain, label: Seclabel, { trees, files }: SecurityNeeds): Promise<void> {
    if (label.type !== "dynamic") return;
    const extra: Access[] = [
      ...trees.map((path) => ({ kind: "path", path, permissions: "rwk", pattern: "/{,**}" }) as const),
      ...files.map((path) => ({ kind: "path", path, permissions: "rwk" }) as const),
    ];
    try {
      await this.#profiles.renew(domain, { extra });
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      const text = `cannot load AppArmor profile '${label.label ?? ""}': ${error.message}`;
      throw virtError(ErrorCode.internalError, text, {
        cause: error,
        ...(error.hint !== undefined && { hint: error.hint }),
      });
    }
  }

  async release(_domain: Domain, label: Seclabel): Promise<void> {
    if (label.type === "dynamic" && label.label !== undefined) await this.#profiles.release(label.label);
  }

  launchLabel({ label = "" }: Seclabel): LaunchSpec["label"] {
    return { model: this.model, value: label };
  }

  async processLabel(_domain: Domain, { label = "" }: Seclabel): Promise<ProcessLabel> {
    const mode = await this.#profiles.mode(label);
    return { label: mode === undefined ? "" : label, enforcing: mode === "enforce" };
  }
}
