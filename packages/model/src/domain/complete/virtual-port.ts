import { ErrorCode } from "@tsvirt/base";
import type { VirtualPort, VirtualPortParameters } from "../../common/link.ts";
import type { Interface } from "../interface.ts";
import type { Report } from "./report.ts";

type Parameter = Exclude<keyof VirtualPortParameters, "unknown">;

/** What each type of virtual port must have. */
const needed: Readonly<Record<NonNullable<VirtualPort["type"]>, readonly Parameter[]>> = {
  "802.1Qbg": ["managerid", "typeid", "typeidversion", "instanceid"],
  "802.1Qbh": ["profileid"],
  openvswitch: ["interfaceid"],
  midonet: ["interfaceid"],
};

/**
 * Gives the virtual port of an interface the identities that libvirt makes up, and checks that it is complete. That of a
 * network's interface need not be: the network adds to it.
 */
export function completeVirtualPort(
  device: Interface,
  environment: { readonly newUuid: () => string },
  report: Report,
): void {
  const port = device.virtualPort;
  if (port === undefined) return;
  const isPart = device.type === "network";
  if (!isPart && device.type !== "bridge" && device.type !== "direct" && device.type !== "hostdev") {
    const text = `<virtualport> element unsupported for <interface type='${device.type}'>`;
    report(port, text, ErrorCode.configUnsupported);
    return;
  }
  const { type } = port;
  if (type === undefined && !isPart) {
    report(port, "missing required virtualport type");
    return;
  }
  const parameters = port.parameters ?? {};
  if (type === undefined || type === "802.1Qbg") parameters.instanceid ??= environment.newUuid();
  if (type === undefined || type === "openvswitch") parameters.interfaceid ??= environment.newUuid();
  if (Object.keys(parameters).length > 0) port.parameters = parameters;
  if (type === undefined || isPart) return;
  const missing = needed[type].find((name) => parameters[name] === undefined);
  if (missing !== undefined) report(port, `missing ${missing} in <virtualport type='${type}'>`);
}
