import { type Program, program } from "../program.ts";
import { authProcedures } from "./auth.ts";
import { connectEvents, connectProcedures } from "./connect.ts";
import { domainBlockProcedures } from "./domain-block.ts";
import { domainCheckpointProcedures } from "./domain-checkpoint.ts";
import { domainDevicesProcedures } from "./domain-devices.ts";
import { domainEventsEvents, domainEventsProcedures } from "./domain-events.ts";
import { domainGuestProcedures } from "./domain-guest.ts";
import { domainInfoProcedures } from "./domain-info.ts";
import { domainLifecycleProcedures } from "./domain-lifecycle.ts";
import { domainLookupProcedures } from "./domain-lookup.ts";
import { domainMigrationProcedures } from "./domain-migration.ts";
import { domainSaveProcedures } from "./domain-save.ts";
import { domainSnapshotProcedures } from "./domain-snapshot.ts";
import { domainTuningProcedures } from "./domain-tuning.ts";
import { interfaceProcedures } from "./interface.ts";
import { networkEvents, networkProcedures } from "./network.ts";
import { networkPortProcedures } from "./network-port.ts";
import { nodeProcedures } from "./node.ts";
import { nodeDeviceEvents, nodeDeviceProcedures } from "./node-device.ts";
import { nwfilterProcedures } from "./nwfilter.ts";
import { secretEvents, secretProcedures } from "./secret.ts";
import { storagePoolEvents, storagePoolProcedures } from "./storage-pool.ts";
import { storageVolumeProcedures } from "./storage-volume.ts";

/** All 392 calls of the remote program, by family. */
export interface RemoteProcedures
  extends Group<typeof connectProcedures>,
    Group<typeof nodeProcedures>,
    Group<typeof authProcedures>,
    Group<typeof domainLookupProcedures>,
    Group<typeof domainLifecycleProcedures>,
    Group<typeof domainInfoProcedures>,
    Group<typeof domainTuningProcedures>,
    Group<typeof domainDevicesProcedures>,
    Group<typeof domainBlockProcedures>,
    Group<typeof domainGuestProcedures>,
    Group<typeof domainSaveProcedures>,
    Group<typeof domainMigrationProcedures>,
    Group<typeof domainSnapshotProcedures>,
    Group<typeof domainCheckpointProcedures>,
    Group<typeof domainEventsProcedures>,
    Group<typeof networkProcedures>,
    Group<typeof networkPortProcedures>,
    Group<typeof storagePoolProcedures>,
    Group<typeof storageVolumeProcedures>,
    Group<typeof nodeDeviceProcedures>,
    Group<typeof secretProcedures>,
    Group<typeof nwfilterProcedures>,
    Group<typeof interfaceProcedures> {}

/** All 51 events of the remote program, by family. */
export interface RemoteEvents
  extends Group<typeof connectEvents>,
    Group<typeof domainEventsEvents>,
    Group<typeof networkEvents>,
    Group<typeof storagePoolEvents>,
    Group<typeof nodeDeviceEvents>,
    Group<typeof secretEvents> {}

type Group<T> = T;

/** libvirt's main program (`remote_protocol.x`): every hypervisor-independent call and event. */
export const remote: Program<RemoteProcedures, RemoteEvents> = program({
  name: "remote",
  id: 0x2000_8086,
  version: 1,
  procedures: {
    ...connectProcedures,
    ...nodeProcedures,
    ...authProcedures,
    ...domainLookupProcedures,
    ...domainLifecycleProcedures,
    ...domainInfoProcedures,
    ...domainTuningProcedures,
    ...domainDevicesProcedures,
    ...domainBlockProcedures,
    ...domainGuestProcedures,
    ...domainSaveProcedures,
    ...domainMigrationProcedures,
    ...domainSnapshotProcedures,
    ...domainCheckpointProcedures,
    ...domainEventsProcedures,
    ...networkProcedures,
    ...networkPortProcedures,
    ...storagePoolProcedures,
    ...storageVolumeProcedures,
    ...nodeDeviceProcedures,
    ...secretProcedures,
    ...nwfilterProcedures,
    ...interfaceProcedures,
  },
  events: {
    ...connectEvents,
    ...domainEventsEvents,
    ...networkEvents,
    ...storagePoolEvents,
    ...nodeDeviceEvents,
    ...secretEvents,
  },
});
