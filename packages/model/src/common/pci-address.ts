import { attribute, element, hex, type Scalar } from "@tsvirt/codec/xml";
import { checkPciAddress } from "../domain/address.ts";

const number = (digits: number): Scalar<number> => hex(digits, 0xffff_ffff);

/** Where a device of the host is on its PCI buses; all four numbers are written. */
export class PciLocation extends element(
  "address",
  {
    domain: attribute.withDefault(number(4), 0),
    bus: attribute.withDefault(number(2), 0),
    slot: attribute.withDefault(number(2), 0),
    function: attribute.withDefault(number(1), 0),
  },
  { check: (address, node, reader) => checkPciAddress(address, (text) => reader.report(node, text)) },
) {}
