import { type Devices, parseDevice } from "@tsvirt/model/domain";

/** Reads the document of one device; it is the only one in what comes back. Throws `DocumentError`. */
export function devicesIn(xml: string): Devices {
  return parseDevice(xml, { inactive: true }).devices;
}
