import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { type Handlers, InternalFeature, type RemoteProcedures } from "@tsvirt/rpc";
import { LIBVIRT_VERSION } from "../version.ts";
import type { ProcedureContext } from "./context.ts";

/** What the driver can do of what clients ask about. Descriptor passing and keepalive are the transport's to answer. */
const features: ReadonlySet<number> = new Set([
  InternalFeature.typedParamString,
  InternalFeature.xmlMigratable,
  InternalFeature.remote,
  InternalFeature.remoteEventCallback,
  InternalFeature.remoteCloseCallback,
  InternalFeature.networkUpdateHasCorrectOrder,
  InternalFeature.fdPassing,
  InternalFeature.programKeepalive,
]);

/** Calls about the connection itself. */
export function connectProcedures({ driver }: ProcedureContext) {
  return {
    connectOpen({ name }) {
      if (name === undefined || name === "" || name === driver.uri) return;
      throw openError(name, driver.uri);
    },
    connectClose: () => undefined,
    connectGetType: () => ({ type: "QEMU" }),
    async connectGetVersion() {
      return { hvVer: BigInt(await driver.emulatorVersion()) };
    },
    connectGetLibVersion: () => ({ libVer: BigInt(LIBVIRT_VERSION) }),
    async connectGetHostname() {
      return { hostname: await driver.host.node.hostname() };
    },
    connectGetUri: () => ({ uri: driver.uri }),
    connectSupportsFeature({ feature }) {
      return { supported: features.has(feature) ? 1 : 0 };
    },
    // Trivially: nothing leaves the machine.
    connectIsSecure: () => ({ secure: 1 }),
    connectRegisterCloseCallback: () => undefined,
    connectUnregisterCloseCallback: () => undefined,
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** What libvirt says to a URI that names another driver, or another path of this one. */
function openError(name: string, ours: string): Error {
  const match = /^([a-z]+)(?:\+[a-z]+)?:\/\/([^/?]*)([^?]*)/.exec(name);
  if (match?.[1] !== "qemu") {
    return virtError(ErrorCode.noConnect, name, { domain: ErrorDomain.none });
  }
  const path = match[3] ?? "";
  return virtError(ErrorCode.internalError, `unexpected qemu URI path '${path}', try ${ours}`);
}
