import { ErrorCode, formatUuid, virtError } from "@tsvirt/base";
import { DomainState, ConnectListAllDomainsFlags as Filter, type Handlers, type RemoteProcedures } from "@tsvirt/rpc";
import type { Guest } from "../guest/guest.ts";
import { checkFlags, type ProcedureContext, refOf } from "./context.ts";
import { stateNumbers } from "./states.ts";

const anyFilter = Object.values(Filter).reduce((all, bit) => all | bit, 0);

/** Whether a guest passes the groups of `virConnectListAllDomainsFlags`; a group without any bit lets all pass. */
export function passes(guest: Guest, flags: number): boolean {
  const group = (bits: number, has: number): boolean => (flags & bits) === 0 || (flags & has) !== 0;
  const { state } = stateNumbers(guest.state);
  const stateBit =
    state === DomainState.running
      ? Filter.running
      : state === DomainState.paused
        ? Filter.paused
        : state === DomainState.shutoff
          ? Filter.shutoff
          : Filter.other;
  return (
    group(Filter.active | Filter.inactive, guest.isActive ? Filter.active : Filter.inactive) &&
    group(Filter.persistent | Filter.transient, guest.isPersistent ? Filter.persistent : Filter.transient) &&
    group(Filter.running | Filter.paused | Filter.shutoff | Filter.other, stateBit) &&
    group(
      Filter.managedsave | Filter.noManagedsave,
      guest.hasManagedSave ? Filter.managedsave : Filter.noManagedsave,
    ) &&
    group(Filter.autostart | Filter.noAutostart, guest.autostart ? Filter.autostart : Filter.noAutostart) &&
    group(Filter.hasSnapshot | Filter.noSnapshot, guest.snapshots > 0 ? Filter.hasSnapshot : Filter.noSnapshot) &&
    group(
      Filter.hasCheckpoint | Filter.noCheckpoint,
      guest.checkpoints > 0 ? Filter.hasCheckpoint : Filter.noCheckpoint,
    )
  );
}

/** Calls that find and list guests. */
export function lookupProcedures({ driver }: ProcedureContext) {
  const active = (): Guest[] => [...driver.guests].filter((guest) => guest.isActive);
  const inactive = (): Guest[] => [...driver.guests].filter((guest) => !guest.isActive);
  return {
    domainLookupByName({ name }) {
      const guest = driver.guests.findByName(name);
      if (!guest) throw virtError(ErrorCode.noDomain, `no domain with matching name '${name}'`);
      return { dom: refOf(guest) };
    },
    domainLookupByUuid({ uuid }) {
      const guest = driver.guests.findByUuid(formatUuid(uuid));
      if (!guest) throw virtError(ErrorCode.noDomain, `no domain with matching uuid '${formatUuid(uuid)}'`);
      return { dom: refOf(guest) };
    },
    domainLookupById({ id }) {
      const guest = driver.guests.findById(id);
      if (!guest) throw virtError(ErrorCode.noDomain, `no domain with matching id ${id}`);
      return { dom: refOf(guest) };
    },
    connectListAllDomains({ needResults, flags }) {
      checkFlags(flags, anyFilter, "qemuConnectListAllDomains");
      const found = [...driver.guests].filter((guest) => passes(guest, flags));
      return { domains: needResults ? found.map((guest) => refOf(guest.ref)) : [], ret: found.length };
    },
    connectNumOfDomains: () => ({ num: active().length }),
    connectListDomains: ({ maxids }) => ({
      ids: active()
        .slice(0, Math.max(0, maxids))
        .map((guest) => guest.id),
    }),
    connectNumOfDefinedDomains: () => ({ num: inactive().length }),
    connectListDefinedDomains: ({ maxnames }) => ({
      names: inactive()
        .slice(0, Math.max(0, maxnames))
        .map((guest) => guest.name),
    }),
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
