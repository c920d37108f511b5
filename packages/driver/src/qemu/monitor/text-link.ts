import { setTimeout as delay } from "node:timers/promises";
import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import type { ByteChannel } from "@tsvirt/host";
import { QmpClosedError } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { readLogFrom } from "../start/guest-log.ts";
import type { MonitorLink } from "./monitor.ts";

/** How long an old emulator may take to make its monitor, and how often it is looked for, in milliseconds. */
const APPEAR_LIMIT = 30_000;
const LOOK_AGAIN = 20;

/**
 * Connects to the text monitor of an emulator from before QMP. It inherits no socket: it makes one itself some time after
 * its start, or a pty (releases before 0.9), whose name it prints.
 */
export async function connectText(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<MonitorLink> {
  const { streams, sockets } = driver.host;
  if (!live.capabilities.hasLegacy("monitor.unix") && !isPty(live.paths.monitor)) {
    const pty = await appears(
      live,
      async () => ptysInLog(await readLogFrom(driver, guest.name, live.logStart))[0]?.path,
    );
    live.paths = { ...live.paths, monitor: pty };
  }
  const { monitor } = live.paths;
  if (isPty(monitor)) return linkOf(await streams.openTerminal(monitor));
  return appears(live, async () => {
    try {
      return await sockets.connect(monitor);
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      return undefined;
    }
  });
}

/** Whether a monitor's path is that of a pty. */
export function isPty(path: string): boolean {
  return /^\/dev\/pts\/\d{1,10}$/.test(path);
}

/** Looks until there is something. Throws when QEMU ends, or takes too long. */
async function appears<T>(live: LiveGuest, look: () => Promise<T | undefined>): Promise<T> {
  const limit = AbortSignal.timeout(APPEAR_LIMIT);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (live.process?.alive !== true) throw new QmpClosedError();
    if (limit.aborted) throw virtError(ErrorCode.operationTimeout, "QEMU did not make its monitor in time");
    await delay(LOOK_AGAIN);
  }
}

/** A pty that QEMU made, as it printed it: releases from 1.0 on say what for. */
export interface PrintedPty {
  readonly path: string;
  readonly label: string | undefined;
}

/** The ptys that QEMU printed, in the order of its options: the monitor's first, then serial and parallel ports. */
export function ptysInLog(log: string): PrintedPty[] {
  const form = /^char device redirected to (\/dev\/pts\/\d{1,10})(?: \(label ([\w.-]{1,64})\))?\s*$/gm;
  return [...log.matchAll(form)].map(([, path = "", label]) => ({ path, label }));
}

/** A terminal as a monitor's connection. No descriptors travel on it. */
export function linkOf(channel: ByteChannel): MonitorLink {
  return {
    start(receiver) {
      const read = async (): Promise<void> => {
        for await (const chunk of channel.chunks) receiver.data(chunk, []);
      };
      read().then(
        () => receiver.closed(undefined),
        (error: unknown) => receiver.closed(error instanceof Error ? error : undefined),
      );
    },
    write(bytes) {
      // Its end is seen by the reader, who ends the session.
      channel.write(bytes).catch(() => channel.close());
      return true;
    },
    close: () => channel.close(),
  };
}
