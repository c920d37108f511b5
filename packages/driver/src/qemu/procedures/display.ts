import { ErrorCode, virtError } from "@tsvirt/base";
import type { Video } from "@tsvirt/model/domain";
import { keycodeSets, type MonitorSession, qmp, translateKeycode } from "@tsvirt/qemu";
import type { Handlers, RemoteProcedures } from "@tsvirt/rpc";
import type { QemuDriver } from "../qemu-driver.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

/** The most keys that are pressed at once (`VIR_DOMAIN_SEND_KEY_MAX_KEYS`). */
const KEYS_MAX = 16;

/** What a guest shows, and the keys it is given. */
export function displayProcedures({ driver }: ProcedureContext) {
  const { files } = driver.host;
  return {
    async domainScreenshot({ dom, screen, flags }, call) {
      checkFlags(flags, 0, "qemuDomainScreenshot");
      const guest = guestOf(driver, dom);
      const image = await guest.change("screenshot", async () => {
        const live = guest.requireLive();
        const device = screenOf(live.domain.devices?.videos ?? [], screen);
        const { session } = live.requireMonitor(guest.name);
        if (session.kind === "hmp") return textScreenshot(driver, session, device);
        // QEMU may run as a user who can create nothing here: it writes through a descriptor of ours.
        const path = driver.layout.temporaryFile("qemu.screendump");
        // QEMU takes a descriptor of a set only for the very access it was opened for.
        const file = await files.open(path, { access: "write", create: 0o600, truncate: true });
        try {
          const set = await session.execute(qmp.addFd, {}, { fds: [file.fd] });
          try {
            await session.execute(qmp.screendump, {
              filename: `/dev/fdset/${set["fdset-id"]}`,
              format: "png",
              ...(device === undefined ? {} : { device, head: 0 }),
            });
          } finally {
            await session.execute(qmp.removeFd, { "fdset-id": set["fdset-id"] });
          }
          return { mime: "image/png", bytes: await files.read(path) };
        } finally {
          file.close();
          await files.unlink(path);
        }
      });
      call.stream.serve((io) => io.write(image.bytes));
      return { mime: image.mime };
    },

    async domainSendKey({ dom, codeset, holdtime, keycodes, flags }) {
      checkFlags(flags, 0, "qemuDomainSendKey");
      const set = keycodeSets[codeset];
      const guest = guestOf(driver, dom);
      if (keycodes.length > KEYS_MAX) {
        throw virtError(ErrorCode.invalidArg, `nkeycodes must be <= ${KEYS_MAX}`);
      }
      const keys = keycodes.map((code) => {
        const data = set === undefined ? undefined : translateKeycode(set, code, "qnum");
        if (data === undefined) {
          const name = set ?? String(codeset);
          throw virtError(
            ErrorCode.internalError,
            `cannot translate keycode ${code} of ${name} codeset to qnum keycode`,
          );
        }
        return { type: "number", data };
      });
      await guest.change("send key", async () => {
        const { session } = guest.requireLive().requireMonitor(guest.name);
        await session.execute(qmp.sendKey, { keys, ...(holdtime > 0 ? { "hold-time": holdtime } : {}) });
      });
    },

    async domainInjectNmi({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainInjectNMI");
      const guest = guestOf(driver, dom);
      await guest.change("inject NMI", async () => {
        const { session } = guest.requireLive().requireMonitor(guest.name);
        await session.execute(qmp.injectNmi, {});
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** The screen as an emulator from before QMP writes it: in its own format, and to a file that it opens by its path. */
async function textScreenshot(
  driver: QemuDriver,
  session: MonitorSession,
  device: string | undefined,
): Promise<{ readonly mime: string; readonly bytes: Uint8Array }> {
  const { host, layout, user } = driver;
  if (device !== undefined) throw virtError(ErrorCode.operationUnsupported, "QEMU does not allow specifying screen ID");
  const path = layout.temporaryFile("qemu.screendump");
  const file = await host.files.open(path, { access: "write", create: 0o600, truncate: true });
  file.close();
  try {
    if (user) await host.files.chown(path, { uid: user.uid, gid: user.gid });
    await session.execute(qmp.screendump, { filename: path });
    return { mime: "image/x-portable-pixmap", bytes: await host.files.read(path) };
  } finally {
    await host.files.unlink(path);
  }
}

/** The device behind a screen number, which counts the heads of all cards; the first screen needs no naming. */
function screenOf(videos: readonly Video[], screen: number): string | undefined {
  if (videos.length === 0) throw virtError(ErrorCode.operationInvalid, "no screens to take screenshot from");
  if (screen === 0) return undefined;
  let left = screen;
  for (const video of videos) {
    const heads = video.model?.heads ?? 1;
    if (left < heads) return video.alias;
    left -= heads;
  }
  throw virtError(ErrorCode.operationInvalid, "no such screen ID");
}
