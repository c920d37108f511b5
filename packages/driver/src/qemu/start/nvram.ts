import { ErrorCode, virtError } from "@tsvirt/base";
import { nvramTemplate } from "../emulators/host-facts.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** Makes the guest's file of firmware variables from its template, when there is none yet or a new one is asked for. */
export async function prepareNvram(driver: QemuDriver, live: LiveGuest, reset: boolean): Promise<void> {
  const { nvram, loader } = live.domain.os;
  const path = nvram?.path ?? nvram?.source?.file;
  if (path === undefined || loader?.type !== "pflash") return;
  const { files } = driver.host;
  if (!reset && (await files.facts(path))) return;
  const template = nvram?.template ?? nvramTemplate(driver.settings, loader.path ?? "");
  if (template === undefined) {
    throw virtError(ErrorCode.operationFailed, `unable to find any master var store for loader: ${loader.path ?? ""}`);
  }
  const bytes = await files.read(template);
  const { user } = live;
  await driver.store.write(path, bytes, { mode: 0o600, ...(user && { owner: { uid: user.uid, gid: user.gid } }) });
}
