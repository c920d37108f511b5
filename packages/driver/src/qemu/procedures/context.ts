import { ErrorCode, ErrorDomain, formatUuid, parseUuid, VirtError } from "@tsvirt/base";
import type { DomainRef } from "@tsvirt/rpc";
import type { GuestRef } from "../events/domain-event.ts";
import { noDomain } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import type { ClientConnection } from "./client-connection.ts";

/** What every family of procedures is made with: the instance, and the client whose calls these are. */
export interface ProcedureContext {
  readonly driver: QemuDriver;
  readonly client: ClientConnection;
}

/** The guest that a call is about. Throws libvirt's "no domain with matching uuid". */
export function guestOf(driver: QemuDriver, dom: DomainRef): Guest {
  const uuid = formatUuid(dom.uuid);
  const guest = driver.guests.findByUuid(uuid);
  if (!guest) throw noDomain(uuid, dom.name);
  return guest;
}

/** A guest as replies and events name it. */
export function refOf(guest: GuestRef): DomainRef {
  const uuid = parseUuid(guest.uuid);
  return { name: guest.name, uuid: uuid ?? new Uint8Array(16), id: guest.id };
}

/** Clients of today say with this flag that they take strings among typed parameters (`VIR_TYPED_PARAM_STRING_OKAY`). */
export const TYPED_PARAM_STRING_OKAY = 1 << 2;

/**
 * Refuses flags that a call does not know, with libvirt's text: "unsupported flags (0x8) in function qemuDomainX", which has
 * no other words before it. The function's prefix tells the part of libvirt that it belongs to.
 */
export function checkFlags(flags: number, known: number, where: string): void {
  const unknown = flags & ~known;
  if (unknown === 0) return;
  const hex = (unknown >>> 0).toString(16);
  throw new VirtError(ErrorCode.invalidArg, `unsupported flags (0x${hex}) in function ${where}`, {
    domain: domainOf(where),
    str1: where,
    str2: "flags",
    int1: 0,
    int2: 0,
  });
}

function domainOf(where: string): ErrorDomain {
  if (where.startsWith("qemu")) return ErrorDomain.qemu;
  return where.startsWith("network") ? ErrorDomain.network : ErrorDomain.none;
}
