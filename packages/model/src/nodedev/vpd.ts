import { attribute, children, content, element, leaf, oneOf, type TypeOf, text, union } from "@tsvirt/codec/xml";

// Vital product data of a PCI device: what its maker wrote into it.

/** A field whose meaning is the vendor's; `index` is one letter or digit. */
export class VpdVendorField extends element("vendor_field", {
  index: attribute.optional(text),
  value: content.optional(text),
}) {}
/** See {@link VpdVendorField}; a field for the system's owner. */
export class VpdSystemField extends element("system_field", {
  index: attribute.optional(text),
  value: content.optional(text),
}) {}

/** Fields that cannot be changed. */
export class VpdReadOnlyFields extends element(
  "fields",
  {
    access: attribute(oneOf("readonly")),
    changeLevel: leaf.optional(text, "change_level"),
    manufactureId: leaf.optional(text, "manufacture_id"),
    partNumber: leaf.optional(text, "part_number"),
    serialNumber: leaf.optional(text, "serial_number"),
    vendorFields: children(VpdVendorField),
  },
  {
    expanded: true,
    check(fields) {
      fields.vendorFields = wellFormed(fields.vendorFields);
    },
  },
) {}

/** Fields that can be changed. */
export class VpdReadWriteFields extends element(
  "fields",
  {
    access: attribute(oneOf("readwrite")),
    assetTag: leaf.optional(text, "asset_tag"),
    vendorFields: children(VpdVendorField),
    systemFields: children(VpdSystemField),
  },
  {
    expanded: true,
    check(fields) {
      fields.vendorFields = wellFormed(fields.vendorFields);
      fields.systemFields = wellFormed(fields.systemFields);
    },
  },
) {}

/** A field has a letter and a value; a later value for a letter takes the earlier one's place. */
function wellFormed<T extends { index?: string; value?: string }>(given: readonly T[]): T[] {
  const kept = new Map<string, T>();
  for (const field of given) {
    if (field.index !== undefined && field.index.length === 1 && field.value !== undefined) {
      kept.set(field.index, field);
    }
  }
  return [...kept.values()];
}

const VpdFields = union(
  "access",
  { readonly: VpdReadOnlyFields, readwrite: VpdReadWriteFields },
  { invalid: "Unsupported VPD field access type specified %s" },
);
/** Fields of one kind of access. */
export type VpdFields = TypeOf<typeof VpdFields>;

/** What a device's maker wrote into it. */
export class VitalProductData extends element(
  "capability",
  {
    type: attribute(oneOf("vpd")),
    name: leaf(text, undefined, { missing: "Could not read a device name from the <name> element" }),
    fields: children(VpdFields),
  },
  {
    check(data) {
      const last = (access: string) => data.fields.filter((fields) => fields.access === access).slice(-1);
      data.fields = [...last("readonly"), ...last("readwrite")];
    },
  },
) {}
