import { ErrorCode, type RunningJob, type VirtError, virtError } from "@tsvirt/base";

/** The guest has no QEMU. */
export function notRunning(): VirtError {
  return virtError(ErrorCode.operationInvalid, "domain is not running");
}

/** The guest was removed, maybe while a call was waiting for it. */
export function noDomain(uuid: string, name: string): VirtError {
  return virtError(ErrorCode.noDomain, `no domain with matching uuid '${uuid}' (${name})`);
}

/** Another change of this guest has been under way for too long. */
export function jobTimeout(holder: RunningJob | undefined): VirtError {
  const by = holder ? ` (held by monitor=${holder.name})` : "";
  return virtError(ErrorCode.operationTimeout, `cannot acquire state change lock${by}`);
}

/** QEMU lives, but its monitor does not answer (threat-model D2). */
export function controlLost(name: string): VirtError {
  return virtError(
    ErrorCode.operationFailed,
    `cannot reach the monitor of domain '${name}', which keeps running; retrying in the background`,
  );
}

/** What needs a QEMU whose devices and images are named and laid out by us, in one that somebody else started. */
export function refuseAttached(live: { readonly attached: unknown }, what: string): void {
  if (live.attached === undefined) return;
  throw virtError(
    ErrorCode.operationUnsupported,
    `${what} is not supported for a domain that was started outside of libvirt and attached to: define it from its document ` +
      "and start it here",
  );
}
