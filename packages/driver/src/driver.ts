import { type Clock, type Logger, systemClock } from "@tsvirt/base";
import type { AnyType, TypeOf } from "@tsvirt/codec/xdr";
import type { Host, Layout } from "@tsvirt/host";
import {
  type authProcedures,
  type EventDeclaration,
  type Handlers,
  lazyHandlers,
  type qemuProcedures,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { autostartNetworks, openNetworkDriver, reloadNetworks } from "./network/open.ts";
import { networkHandlers } from "./network/procedures/remote.ts";
import { reloadDefinitions } from "./qemu/definitions/load.ts";
import { openQemuDriver } from "./qemu/open.ts";
import { ClientConnection } from "./qemu/procedures/client-connection.ts";
import { qemuHandlers } from "./qemu/procedures/qemu.ts";
import { remoteHandlers } from "./qemu/procedures/remote.ts";
import type { QemuDriver } from "./qemu/qemu-driver.ts";
import { autostartGuests } from "./qemu/start/autostart.ts";

/** Which of libvirt's instances this is: the machine's, a user's, or one inside a program. */
export type InstanceKind = "system" | "session" | "embed";

/** The program that an event belongs to. */
export type EventProgram = "remote" | "qemu";

/** A client as the driver sees it. The daemon implements it over RPC, `qemu:///embed` in process. */
export interface Session {
  /** Opened on the read-only socket or with the read-only flag. */
  readonly readOnly: boolean;
  /**
   * Sends an event to this client, in the order of the calls. Never waits and never throws: a client that has gone, or
   * that does not read, is the transport's business (W7).
   */
  emit<M extends AnyType>(program: EventProgram, event: EventDeclaration<M>, message: TypeOf<M>): void;
}

/** What {@link openDriver} needs. */
export interface DriverOptions {
  readonly kind: InstanceKind;
  /** `qemu:///system`, `qemu:///session` or `qemu:///embed?root=DIR`: what clients open and are told. */
  readonly uri: string;
  /** All paths of the instance. */
  readonly layout: Layout;
  /** The machine, or a fake. */
  readonly host: Host;
  readonly log: Logger;
  readonly clock?: Clock;
  /** The host's UUID when it is configured (`host_uuid`), lower case with dashes; otherwise the firmware's. */
  readonly hostUuid?: string;
}

/** The calls of the remote program that a driver serves: all but those that authenticate a connection. */
export type DriverProcedures = Omit<RemoteProcedures, keyof typeof authProcedures>;

/** The handlers of one client's calls. */
export interface DriverConnection {
  readonly remote: Handlers<DriverProcedures>;
  readonly qemu: Handlers<typeof qemuProcedures>;
  /** The client is gone: its registrations end, its auto-destroy guests too. Idempotent. */
  close(): Promise<void>;
}

/** One instance: its guests, networks and all else. */
export interface Driver {
  /** Handlers for one client; `session` receives its events until {@link DriverConnection.close}. */
  connect(session: Session): DriverConnection;
  /** Guests that run, networks that are active, jobs under way: while there are any, `--timeout` does not end the daemon. */
  readonly busy: boolean;
  /** Starts what is marked autostart, once per boot. */
  autostart(): Promise<void>;
  /** Reads definitions anew, as SIGHUP makes libvirtd do: new files appear, changed ones count, nothing goes away. */
  reload(): Promise<void>;
  /** Lets go of everything; guests run on (those of `embed` too). Idempotent. */
  close(): Promise<void>;
}

/** The remote program's handlers. Most clients call into few of the groups. */
const remoteOf = lazyHandlers(...remoteHandlers, ...networkHandlers);

/**
 * Opens an instance: takes its lock, reads definitions, re-adopts running guests. It does not wait for emulators to be
 * probed, nor for guests whose monitor does not answer. Throws when another daemon holds the instance, and for a
 * `qemu.conf` that cannot be followed, naming file and line.
 */
export async function openDriver(options: DriverOptions): Promise<Driver> {
  const parts = { clock: systemClock, ...options };
  // First the networks: guests that run have ports on them.
  const networks = await openNetworkDriver(parts);
  let driver: QemuDriver;
  try {
    driver = await openQemuDriver({ ...parts, networks });
  } catch (error) {
    await networks.close();
    throw error;
  }
  return {
    connect(session) {
      const client = new ClientConnection(session);
      const context = { driver, networks, client };
      return {
        remote: remoteOf(context),
        qemu: qemuHandlers(context),
        close: () => client.close(),
      };
    },
    get busy() {
      return driver.busy || networks.busy;
    },
    async autostart() {
      await autostartNetworks(networks);
      await autostartGuests(driver);
    },
    async reload() {
      await reloadDefinitions(driver);
      await reloadNetworks(networks);
    },
    async close() {
      await driver.close();
      await networks.close();
    },
  };
}
