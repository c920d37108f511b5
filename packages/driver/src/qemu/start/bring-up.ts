import { ErrorCode, together, virtError } from "@tsvirt/base";
import type { Credentials } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import { KVM_MISSING, prepareStart, type QemuCapabilities, QmpClosedError } from "@tsvirt/qemu";
import { hostFacts } from "../emulators/host-facts.ts";
import type { Guest } from "../guest/guest.ts";
import { LiveGuest } from "../guest/live.ts";
import { prepareDisks } from "../images/disks.ts";
import { checkDirectories } from "../labels/check-directories.ts";
import { dacLabelOf, processUser, startLabel } from "../labels/dac-label.ts";
import { takeFiles } from "../labels/ownership.ts";
import { attachMonitor } from "../monitor/attach-monitor.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { confineGuest } from "../security/confine.ts";
import { writeSpare } from "../status/spare.ts";
import { endProcess } from "../stop/destroy.ts";
import { finishGuest, watchEnd } from "../stop/finish.ts";
import { configure } from "./configure.ts";
import { prepareDisplays } from "./displays.ts";
import { lastWords, readLogFrom } from "./guest-log.ts";
import { closeTaps, connectInterfaces, type Taps } from "./interfaces.ts";
import { type BringUpOptions, launchQemu, refuseEnded } from "./launch.ts";
import { prepareNvram } from "./nvram.ts";
import { prepareRun, type RunDescriptors } from "./run-directory.ts";

/** A guest that stands before its first instruction. */
export interface BroughtUp {
  readonly live: LiveGuest;
  /** Ends it again because the rest of the start failed; gives the error to throw. */
  abandon(error: unknown): Promise<unknown>;
}

/** From QEMU's start to its greeting: it may have to allocate and zero the guest's memory first. */
const HELLO_LIMIT = 30_000;
const HELLO_PER_GIB = 1_000;

/**
 * Starts a guest's QEMU, up to where the next thing is `cont`. Everything taken on the way is with the guest, to be given
 * back at its end, or at once when a step fails; the guest is off then, and QEMU's own last words are in the error.
 * Within a job of the guest.
 */
export async function bringUp(
  driver: QemuDriver,
  guest: Guest,
  definition: Domain,
  options: BringUpOptions = {},
): Promise<BroughtUp> {
  guest.mustApply({ kind: "prepare" });
  const id = driver.guests.takeId();
  const { layout } = driver;
  const emulator = definition.devices?.emulator ?? "";
  let live: LiveGuest;
  let user: Credentials | undefined;
  try {
    const capabilities = await driver.emulators.capabilities(emulator);
    await refuseWithoutKvm(driver, definition, capabilities);
    if (options.incoming !== undefined && capabilities.legacy) {
      throw virtError(ErrorCode.configUnsupported, "restoring is not supported with this QEMU binary");
    }
    live = new LiveGuest({
      domain: await liveForm(driver, definition, capabilities, id),
      capabilities,
      paths: {
        directory: layout.domainRun(id, guest.name),
        channels: layout.domainChannels(id, guest.name),
        monitor: layout.domainMonitor(id, guest.name),
        spareMonitor: layout.domainSpareMonitor(guest.uuid),
      },
    });
    user = driver.user && (await processUser(driver.host, live.domain, driver.user));
  } catch (error) {
    guest.mustApply({ kind: "ended", reason: "failed" });
    throw error;
  }
  live.user = user;
  live.originalCpu = definition.cpu;
  live.hasAddedLabel = !dacLabelOf(definition) && dacLabelOf(live.domain) !== undefined;
  if (driver.user && driver.settings.dynamic_ownership && driver.settings.remember_owner)
    live.kept = { rememberOwner: true };
  guest.setLive(live);
  driver.guests.setId(guest, id);
  let phase: Phase = "preparing";
  const abandon = async (error: unknown): Promise<unknown> => {
    const cause = await explain(driver, guest, live, error, phase);
    live.ending = "failed";
    if (live.process) {
      await endProcess(guest, live, false);
      await live.finished;
    } else await finishGuest(driver, guest, live, "failed");
    return cause;
  };
  try {
    await takeResources(driver, guest, live, options, async (descriptors, taps) => {
      await confineGuest(driver, live);
      await launchQemu(driver, guest, live, descriptors, taps, options);
      phase = "connecting";
      watchEnd(driver, guest, live);
      refuseEnded(live);
    });
    const monitor = await attachMonitor(driver, guest, live);
    const gib = (live.domain.memory?.kib ?? 0) / 1_048_576;
    const signal = AbortSignal.timeout(HELLO_LIMIT + Math.ceil(HELLO_PER_GIB * gib));
    // The second copy of the status is written while QEMU makes its machine.
    await together([monitor.ready(signal), writeSpare(driver, guest, live)]);
    phase = "configuring";
    await configure(driver, guest, live);
  } catch (error) {
    throw await abandon(error);
  }
  return { live, abandon };
}

type Phase = "preparing" | "connecting" | "configuring";

/** The definition as it will run. */
async function liveForm(
  driver: QemuDriver,
  definition: Domain,
  capabilities: QemuCapabilities,
  id: number,
): Promise<Domain> {
  const domain: Domain = {
    ...structuredClone(definition),
    id,
    ...(driver.kind === "system" && !definition.resource && { resource: { partition: "/machine" } }),
  };
  const label = driver.user && startLabel(domain, driver.user, driver.settings);
  if (label) domain.seclabels = [...domain.seclabels.filter(({ model }) => model !== "dac"), label];
  prepareStart(domain, capabilities, await hostFacts(driver, domain));
  return domain;
}

/** A guest may have been defined while there was KVM. The reason why there is none now goes with libvirt's words. */
async function refuseWithoutKvm(driver: QemuDriver, { type }: Domain, capabilities: QemuCapabilities): Promise<void> {
  if (type !== "kvm" || capabilities.accelerator("kvm")) return;
  throw virtError(ErrorCode.configUnsupported, KVM_MISSING, { hint: await driver.emulators.whyNoKvm() });
}

/** Everything before the launch that is independent of the rest goes on at the same time. */
async function takeResources(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  options: BringUpOptions,
  use: (descriptors: RunDescriptors, taps: Taps) => Promise<void>,
): Promise<void> {
  await together([prepareDisks(driver, guest, live), prepareNvram(driver, live, options.resetNvram === true)]);
  await checkDirectories(driver, live);
  await together([prepareDisplays(driver, live), takeFiles(driver, live)]);
  const taps = await connectInterfaces(driver, guest, live);
  try {
    const descriptors = await prepareRun(driver, guest, live);
    try {
      await use(descriptors, taps);
    } finally {
      descriptors.close();
    }
  } finally {
    closeTaps(taps);
  }
}

/** What to tell whoever asked for the start: if QEMU died, what it said itself. */
async function explain(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  error: unknown,
  phase: Phase,
): Promise<unknown> {
  if (phase === "preparing") return error;
  const died = error instanceof QmpClosedError || live.process?.alive === false;
  const late = error instanceof DOMException;
  if (!died && !late) return error;
  if (died) await live.process?.ended;
  const words = lastWords(await readLogFrom(driver, guest.name, live.logStart));
  const said = words === "" ? "" : `: ${words}`;
  if (late && !died) {
    return virtError(ErrorCode.operationTimeout, `QEMU did not answer on its monitor in time${said}`, { cause: error });
  }
  const what =
    phase === "connecting" ? "process exited while connecting to monitor" : "qemu unexpectedly closed the monitor";
  return virtError(ErrorCode.internalError, `${what}${said}`, { cause: error });
}
