import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type FieldTexts,
  leaf,
  mac,
  type ParseOptions,
  text,
  uuid,
} from "@tsvirt/codec/xml";
import { FilterParameter, sortParameters } from "./filter.ts";

function texts(missing: string, invalid?: string): FieldTexts {
  const code = ErrorCode.internalError;
  return { missing, missingCode: code, code, ...(invalid !== undefined && { invalid }) };
}

/** The guest that a binding belongs to. */
export class BindingOwner extends element("owner", {
  name: leaf(text, undefined, texts("filter binding has no owner name")),
  uuid: leaf(uuid, undefined, texts("filter binding has no owner UUID", "Unable to parse UUID '%s'")),
}) {}

/** The interface that is filtered. */
export class BindingPort extends element("portdev", {
  name: attribute(text, undefined, texts("filter binding has no port dev name")),
}) {}

/** The host's interface that a macvtap one is on. */
export class BindingLink extends element("linkdev", {
  name: attribute(text, undefined, texts("filter binding has no link dev name")),
}) {}

/** The guest's hardware address. */
export class BindingMac extends element("mac", {
  address: attribute(mac, undefined, texts("filter binding has no MAC address", "Unable to parse MAC '%s'")),
}) {}

/** The filter, and values for its variables. */
export class BindingFilter extends element(
  "filterref",
  {
    filter: attribute(text, undefined, texts("filter binding has no filter reference")),
    parameters: children(FilterParameter),
  },
  { check: (reference) => sortParameters(reference) },
) {}

/** A filter in use on an interface: https://libvirt.org/formatnwfilter.html */
export class FilterBinding extends element("filterbinding", {
  owner: child(BindingOwner, texts("filter binding has no owner name")),
  port: child(BindingPort, texts("filter binding has no port dev name")),
  link: child.optional(BindingLink),
  mac: child(BindingMac, texts("filter binding has no MAC address")),
  filter: child(BindingFilter, texts("filter binding has no filter reference")),
}) {}

/** Reads a binding. Throws `DocumentError` with all that is wrong. */
export function parseFilterBinding(xml: string, options: ParseOptions = {}): FilterBinding {
  return FilterBinding.parse(xml, { label: "(nwfilterbinding_definition)", ...options });
}
