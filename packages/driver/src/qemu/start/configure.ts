import type { SpiceGraphics, VncGraphics } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import { tuneThreads } from "../cgroups/start-tuning.ts";
import { plugBootVcpus } from "../devices/vcpus.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { refreshFacts } from "./facts.ts";
import { asItRuns, cpuFacts } from "./live-cpu.ts";

/**
 * Tells QEMU what a command line cannot say, or must not (passwords), and asks what is only known now. Everything is sent
 * at once: QEMU answers in order.
 */
export async function configure(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  if (session.kind === "hmp") return configureByText(driver, guest, live);
  await Promise.all([
    session.execute(qmp.migrateSetCapabilities, { capabilities: [{ capability: "events", state: true }] }),
    setPasswords(driver, guest, live),
    setLinks(guest, live),
    plugBootVcpus(guest, live)
      .then(() => refreshFacts(driver, guest, live))
      .then(() => tuneThreads(driver, live)),
    setBalloon(guest, live),
    describeCpu(guest, live),
  ]);
}

/** As {@link configure} for an emulator from before QMP, as far as it has what it takes. */
async function configureByText(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  await setPasswords(driver, guest, live);
  if (live.capabilities.hasLegacy("net.name")) await setLinks(guest, live);
  if (live.capabilities.hasLegacy("balloon")) await setBalloon(guest, live);
  await refreshFacts(driver, guest, live);
  await tuneThreads(driver, live);
}

/** Commands that libvirt has sent when a guest goes, besides one for each property of its CPU. */
const LIBVIRT_COMMANDS = 14;

/** The running guest's document has the CPU that it really got. */
async function describeCpu(guest: Guest, live: LiveGuest): Promise<void> {
  const { cpu } = live.domain;
  const { arch } = live.capabilities;
  if (!cpu || (arch !== "x86_64" && arch !== "i686")) return;
  const facts = await cpuFacts(guest, live);
  live.domain = { ...live.domain, cpu: asItRuns(cpu, facts) };
  live.requireMonitor(guest.name).session.skipIds(LIBVIRT_COMMANDS + facts.properties);
}

/** Displays are locked until they have a password. */
async function setPasswords(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  for (const display of live.domain.devices?.graphics ?? []) {
    if (display.type === "vnc" || display.type === "spice") await setDisplayPassword(driver, guest, live, display);
  }
}

/** Sets a display's password, its own or that of qemu.conf; an empty one locks the display (threat-model S4). */
export async function setDisplayPassword(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  display: VncGraphics | SpiceGraphics,
): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const { vnc_password, spice_password } = driver.settings;
  const password = display.passwd ?? (display.type === "vnc" ? vnc_password : spice_password);
  if (password === undefined) return;
  await session.execute(qmp.setPassword, {
    protocol: display.type,
    password,
    ...(display.connected !== undefined && { connected: display.connected }),
  });
  await session.execute(qmp.expirePassword, {
    protocol: display.type,
    time: password === "" ? "now" : expiry(display.passwdValidTo),
  });
}

/** `passwdValidTo` is in UTC without saying so; QEMU wants seconds since the epoch. */
function expiry(validTo: string | undefined): string {
  if (validTo === undefined) return "never";
  const time = Date.parse(`${validTo}Z`);
  return Number.isNaN(time) ? "never" : String(Math.floor(time / 1000));
}

/** Unplugged cables. */
async function setLinks(guest: Guest, live: LiveGuest): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  for (const card of live.domain.devices?.interfaces ?? []) {
    if (card.linkState === "down" && card.alias !== undefined) {
      await session.execute(qmp.setLink, { name: card.alias, up: false });
    }
  }
}

/** A guest that is to have less memory than it could gets a smaller balloon. */
async function setBalloon(guest: Guest, live: LiveGuest): Promise<void> {
  const { memory, currentMemory, devices } = live.domain;
  if (devices?.memballoon === undefined || devices.memballoon.model === "none") return;
  if (currentMemory === undefined || memory === undefined) return;
  const { session } = live.requireMonitor(guest.name);
  await session.execute(qmp.balloon, { value: BigInt(currentMemory) * 1024n });
  if (session.kind === "hmp") return;
  const period = devices.memballoon.stats;
  if (period !== undefined && period > 0 && devices.memballoon.alias !== undefined) {
    await session.execute(qmp.qomSet, {
      path: `/machine/peripheral/${devices.memballoon.alias}`,
      property: "guest-stats-polling-interval",
      value: period,
    });
  }
}
