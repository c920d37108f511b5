import { remote } from "@tsvirt/rpc";
import { addressProcedures } from "./addresses.ts";
import { blkioParameterProcedures } from "./blkio-parameters.ts";
import { blockProcedures } from "./block.ts";
import { blockIoTuneProcedures } from "./block-iotune.ts";
import { capabilityProcedures } from "./capabilities.ts";
import { connectProcedures } from "./connect.ts";
import { consoleProcedures } from "./console.ts";
import { cpuStatsProcedures } from "./cpu-stats.ts";
import { cpuProcedures } from "./cpus.ts";
import { deviceProcedures } from "./devices.ts";
import { displayProcedures } from "./display.ts";
import { eventProcedures } from "./events.ts";
import { guestVcpuProcedures } from "./guest-vcpus.ts";
import { infoProcedures } from "./info.ts";
import { interfaceParameterProcedures } from "./interface-parameters.ts";
import { ioThreadProcedures } from "./iothreads.ts";
import { lifecycleProcedures } from "./lifecycle.ts";
import { lookupProcedures } from "./lookup.ts";
import { memoryProcedures } from "./memory.ts";
import { memoryParameterProcedures } from "./memory-parameters.ts";
import { metadataProcedures } from "./metadata.ts";
import { nativeProcedures } from "./native.ts";
import { nodeProcedures } from "./node.ts";
import { numaParameterProcedures } from "./numa-parameters.ts";
import { perfEventProcedures } from "./perf-events.ts";
import { pinProcedures } from "./pins.ts";
import { saveProcedures } from "./save.ts";
import { schedulerProcedures } from "./scheduler.ts";
import { statsProcedures } from "./stats.ts";
import { unsupported } from "./unsupported.ts";
import { unsupportedNames } from "./unsupported-names.ts";
import { vcpuProcedures } from "./vcpus.ts";

const refusals = unsupported(remote.procedures, unsupportedNames);

/**
 * Every call of the remote program that reaches a driver, but those about networks, in groups that are made for each client
 * as needed. What is neither served nor listed as unsupported does not compile where the driver puts them together.
 */
export const remoteHandlers = [
  () => refusals,
  connectProcedures,
  lookupProcedures,
  lifecycleProcedures,
  eventProcedures,
  deviceProcedures,
  blockProcedures,
  capabilityProcedures,
  cpuProcedures,
  saveProcedures,
  metadataProcedures,
  memoryProcedures,
  statsProcedures,
  displayProcedures,
  consoleProcedures,
  infoProcedures,
  nodeProcedures,
  nativeProcedures,
  addressProcedures,
  vcpuProcedures,
  pinProcedures,
  schedulerProcedures,
  memoryParameterProcedures,
  blkioParameterProcedures,
  numaParameterProcedures,
  ioThreadProcedures,
  cpuStatsProcedures,
  perfEventProcedures,
  blockIoTuneProcedures,
  interfaceParameterProcedures,
  guestVcpuProcedures,
] as const;
