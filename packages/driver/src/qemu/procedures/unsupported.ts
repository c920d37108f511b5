import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import {
  type AnyProcedure,
  connectProcedures,
  domainBlockProcedures,
  domainCheckpointProcedures,
  domainDevicesProcedures,
  domainEventsProcedures,
  domainGuestProcedures,
  domainInfoProcedures,
  domainLifecycleProcedures,
  domainLookupProcedures,
  domainMigrationProcedures,
  domainSaveProcedures,
  domainSnapshotProcedures,
  domainTuningProcedures,
  interfaceProcedures,
  networkPortProcedures,
  networkProcedures,
  nodeDeviceProcedures,
  nodeProcedures,
  nwfilterProcedures,
  type Procedures,
  secretProcedures,
  storagePoolProcedures,
  storageVolumeProcedures,
} from "@tsvirt/rpc";

/** Which part of libvirt speaks for a family of procedures, in the error "not supported". */
const speakers: readonly (readonly [Procedures, ErrorDomain])[] = [
  [connectProcedures, ErrorDomain.none],
  [nodeProcedures, ErrorDomain.none],
  [domainLookupProcedures, ErrorDomain.domain],
  [domainLifecycleProcedures, ErrorDomain.domain],
  [domainInfoProcedures, ErrorDomain.domain],
  [domainTuningProcedures, ErrorDomain.domain],
  [domainDevicesProcedures, ErrorDomain.domain],
  [domainBlockProcedures, ErrorDomain.domain],
  [domainGuestProcedures, ErrorDomain.domain],
  [domainSaveProcedures, ErrorDomain.domain],
  [domainMigrationProcedures, ErrorDomain.domain],
  [domainEventsProcedures, ErrorDomain.domain],
  [domainSnapshotProcedures, ErrorDomain.domainSnapshot],
  [domainCheckpointProcedures, ErrorDomain.domainCheckpoint],
  [networkProcedures, ErrorDomain.network],
  [networkPortProcedures, ErrorDomain.network],
  [storagePoolProcedures, ErrorDomain.storage],
  [storageVolumeProcedures, ErrorDomain.storage],
  [nodeDeviceProcedures, ErrorDomain.nodedev],
  [secretProcedures, ErrorDomain.secret],
  [nwfilterProcedures, ErrorDomain.nwfilter],
  [interfaceProcedures, ErrorDomain.interface],
];

function speakerOf(procedure: AnyProcedure): ErrorDomain {
  return speakers.find(([family]) => Object.values(family).includes(procedure))?.[1] ?? ErrorDomain.none;
}

/**
 * Handlers for the named procedures that answer as libvirt does for what a driver lacks:
 * "this function is not supported by the connection driver: virDomainX".
 */
export function unsupported<P extends { readonly [N in keyof P]: AnyProcedure }, const K extends keyof P & string>(
  procedures: P,
  names: readonly K[],
): Readonly<Record<K, () => never>> {
  const refuse = (name: K): (() => never) => {
    const procedure = procedures[name];
    const domain = speakerOf(procedure);
    return () => {
      throw virtError(ErrorCode.noSupport, procedure.api ?? name, { domain });
    };
  };
  const entries = names.map((name) => [name, refuse(name)] as const);
  // The keys are exactly K.
  return Object.fromEntries(entries) as Record<K, () => never>;
}
