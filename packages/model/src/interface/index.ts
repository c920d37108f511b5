/** The document of a host's network interface. */
export {
  ArpMonitor,
  Bond,
  HostBridge,
  HostDhcp,
  HostInterface,
  HostIp,
  HostLink,
  HostProtocol,
  HostVlan,
  MiiMonitor,
  VlanDevice,
} from "./host-interface.ts";
