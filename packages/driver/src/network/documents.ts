import { attribute, child, element, text } from "@tsvirt/codec/xml";
import { formatNetwork, Network, parseNetwork } from "@tsvirt/model/network";
import { randomUuid } from "../qemu/definitions/uuid.ts";

/** Classes of traffic in use (`0-2` are libvirt's own), as the status file keeps them. */
class ClassIds extends element("class_id", { bitmap: attribute(text) }) {}

/** Sum of the guaranteed bandwidths of all ports. */
class Floor extends element("floor", { sum: attribute(text) }) {}

/** `/run/libvirt/network/NAME.xml`: what runs, for the next daemon (`virNetworkObjFormat` of libvirt). */
export class NetworkStatus extends element("networkstatus", {
  classIds: child.optional(ClassIds),
  floor: child.optional(Floor),
  network: child(Network),
}) {}

/** Reads a network from a client or a definition file. It has a UUID afterwards. */
export function readNetwork(
  xml: string,
  options: { readonly validate?: boolean; readonly file?: string } = {},
): Network {
  const network = parseNetwork(xml, {
    ...(options.validate === true ? { strict: true } : {}),
    ...(options.file === undefined ? {} : { file: options.file }),
  });
  network.uuid ??= randomUuid();
  return network;
}

/** A copy that shares nothing: what runs and what is stored are changed apart. */
export function copyNetwork(network: Network): Network {
  return structuredClone(network);
}

/** The text of a definition file, without its heading comment. */
export function definitionText(network: Network): string {
  return formatNetwork(network, { inactive: true });
}

/** The text of a status file, without its heading comment. */
export function statusText(network: Network): string {
  return NetworkStatus.format({ classIds: { bitmap: "0-2" }, floor: { sum: "0" }, network }, { live: true }).trimEnd();
}
