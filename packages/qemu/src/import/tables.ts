import { AcpiTableOption } from "../argv/declarations/legacy-options.ts";
import { FwCfg, Smbios } from "../argv/declarations/machine-options.ts";
import type { Argument } from "./argument.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { leftText } from "./left.ts";
import { present } from "./values.ts";

/** `-smbios`: tables by their fields. */
export function readSmbios(draft: Draft, argument: Argument): void {
  const { type, value, uefi, rest, ...fields } = Smbios.parsePartial(argument.value);
  const left = leftText({ rest, uefi: uefi === true ? true : undefined });
  if (left !== "" || type === undefined) throw new NoPlaceError(`'${left}' of the table has no counterpart`);
  const { domain } = draft;
  let sysinfo = domain.sysinfos.find((each) => each.type === "smbios");
  if (!sysinfo) {
    sysinfo = { type: "smbios", baseBoards: [], processors: [], memoryDevices: [], entries: [] };
    domain.sysinfos.push(sysinfo);
    domain.os.smbios = "sysinfo";
  }
  const entries = Object.entries(present(fields)).map(([name, text]) => ({ name, value: String(text) }));
  switch (Number(type)) {
    case 0:
      sysinfo.bios = { entries };
      break;
    case 1:
      sysinfo.system = { entries };
      break;
    case 2:
      sysinfo.baseBoards.push({ entries });
      break;
    case 3:
      sysinfo.chassis = { entries };
      break;
    case 11:
      sysinfo.oemStrings = { entries: [...(sysinfo.oemStrings?.entries ?? []), ...(value ?? [])] };
      break;
    default:
      throw new NoPlaceError(`SMBIOS tables of type ${type} have no counterpart`);
  }
  argument.place(sysinfo);
}

/** `-fw_cfg`: a blob by name, out of a file or the line itself. */
export function readFwCfg(draft: Draft, argument: Argument): void {
  const { name = "", file, string, rest } = FwCfg.parsePartial(argument.value);
  const left = leftText({ rest });
  if (left !== "") throw new NoPlaceError(`'${left}' has no counterpart`);
  if (!name.startsWith("opt/") || /^opt\/(?:ovmf|org\.qemu)\//.test(name))
    throw new NoPlaceError("libvirt reserves this name");
  let sysinfo = draft.domain.sysinfos.find((each) => each.type === "fwcfg");
  if (!sysinfo) {
    sysinfo = { type: "fwcfg", baseBoards: [], processors: [], memoryDevices: [], entries: [] };
    draft.domain.sysinfos.push(sysinfo);
  }
  sysinfo.entries.push(present({ name, file, value: file === undefined ? string : undefined }));
  argument.place(sysinfo);
}

/** `-acpitable`. */
export function readAcpiTable(draft: Draft, argument: Argument): void {
  const { sig, file, data, rest } = AcpiTableOption.parsePartial(argument.value);
  const left = leftText({ rest, data });
  if (left !== "" || file === undefined || (sig !== undefined && sig !== "SLIC"))
    throw new NoPlaceError("only SLIC tables from a file have a counterpart");
  if (sig === undefined) throw new NoPlaceError("a table whose kind is not said has no counterpart");
  const { os } = draft.domain;
  os.acpi ??= { tables: [] };
  os.acpi.tables.push({ type: "slic", path: file });
  argument.place("/domain/os/acpi");
}
