import type { LaunchSpec } from "@tsvirt/host";
import type { Domain, Seclabel } from "@tsvirt/model/domain";

/** What a guest's process needs besides what its document names. */
export interface SecurityNeeds {
  /** Directories with everything in them. */
  readonly trees: readonly string[];
  readonly files: readonly string[];
}

/**
 * A module of the kernel that keeps guests from what is not theirs: one for each model of security that a host has. A step
 * that fails fails the guest's start (threat-model C6).
 */
export interface SecurityDriver {
  /** Its name in documents and capabilities. */
  readonly model: string;
  /** "Domain of interpretation" of its labels. */
  readonly doi: string;
  /** The label that a guest runs with, out of what its definition says of this model. Throws when that cannot be. */
  labelFor(domain: Domain, stated: Seclabel | undefined): Promise<Seclabel>;
  /** Makes everything that the document names accessible with this label, and nothing else: at the start and after changes. */
  allow(domain: Domain, label: Seclabel, needs: SecurityNeeds): Promise<void>;
  /** Takes back what {@link allow} gave. */
  release(domain: Domain, label: Seclabel): Promise<void>;
  /** What QEMU's program is started in. */
  launchLabel(label: Seclabel): LaunchSpec["label"];
  /** What the kernel says of a running guest. */
  processLabel(domain: Domain, label: Seclabel): Promise<ProcessLabel>;
}

/** How a guest's process is confined at the moment. */
export interface ProcessLabel {
  /** Empty when it is not. */
  readonly label: string;
  readonly enforcing: boolean;
}
