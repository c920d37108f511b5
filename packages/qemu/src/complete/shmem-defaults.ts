import { ErrorCode } from "@tsvirt/base";
import type { Shmem } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** MiB of memory that is shared if the document does not say. */
const DEFAULT_SIZE = 4;

/** Size and interrupts of shared memory (`qemuDomainShmemDefPostParse`). */
export function fillShmem({ report }: Completing, shmem: Shmem): void {
  const { model = "ivshmem", server } = shmem;
  const refuse = (what: string): void => report(shmem, `shmem model '${model}' ${what}`, ErrorCode.configUnsupported);
  if (model !== "ivshmem-doorbell" && (shmem.size ?? 0) === 0) shmem.size = DEFAULT_SIZE;
  if (model === "ivshmem") return;
  if (!server) {
    if (model === "ivshmem-doorbell") refuse("is supported only with server option enabled");
    if (shmem.msi) refuse("doesn't support msi");
    return;
  }
  if (model === "ivshmem-plain") return refuse("is supported only with server option disabled");
  if ((shmem.size ?? 0) !== 0) return refuse("does not support size setting");
  shmem.msi ??= {};
  shmem.msi.ioeventfd ??= true;
}
