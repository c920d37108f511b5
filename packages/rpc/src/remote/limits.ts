// Limits of remote_protocol.x in libvirt 9.0, under its names; they bound what is accepted and what is sent.

/** Most bytes of a text. */
export const REMOTE_STRING_MAX = 4194304;
/** Most elements of `ConnectSetIdentityArgs.params`. */
export const REMOTE_CONNECT_IDENTITY_PARAMS_MAX = 20;
/** Most elements of `ConnectListDomainsRet.ids`, `ConnectListDefinedDomainsRet.names`, …. */
export const REMOTE_DOMAIN_LIST_MAX = 16384;
/** Most bytes of `DomainPinVcpuArgs.cpumap`, `DomainPinVcpuFlagsArgs.cpumap`, …. */
export const REMOTE_CPUMAP_MAX = 2048;
/** Most elements of `DomainGetVcpusRet.info`. */
export const REMOTE_VCPUINFO_MAX = 16384;
/** Most bytes of `DomainGetVcpuPinInfoRet.cpumaps`, `DomainGetEmulatorPinInfoRet.cpumaps`, …. */
export const REMOTE_CPUMAPS_MAX = 8388608;
/** Most elements of `DomainGetIothreadInfoRet.info`. */
export const REMOTE_IOTHREAD_INFO_MAX = 16384;
/** Most bytes of `DomainMigratePrepareRet.cookie`, `DomainMigratePerformArgs.cookie`, …. */
export const REMOTE_MIGRATE_COOKIE_MAX = 4194304;
/** Most elements of `ConnectListNetworksRet.names`, `ConnectListDefinedNetworksRet.names`, …. */
export const REMOTE_NETWORK_LIST_MAX = 16384;
/** Most elements of `NetworkListAllPortsRet.ports`. */
export const REMOTE_NETWORK_PORT_LIST_MAX = 16384;
/** Most elements of `ConnectListInterfacesRet.names`, `ConnectListDefinedInterfacesRet.names`, …. */
export const REMOTE_INTERFACE_LIST_MAX = 16384;
/** Most elements of `ConnectListStoragePoolsRet.names`, `ConnectListDefinedStoragePoolsRet.names`, …. */
export const REMOTE_STORAGE_POOL_LIST_MAX = 16384;
/** Most elements of `StoragePoolListVolumesRet.names`, `StoragePoolListAllVolumesRet.vols`. */
export const REMOTE_STORAGE_VOL_LIST_MAX = 16384;
/** Most elements of `NodeListDevicesRet.names`, `ConnectListAllNodeDevicesRet.devices`. */
export const REMOTE_NODE_DEVICE_LIST_MAX = 65536;
/** Most elements of `NodeDeviceListCapsRet.names`. */
export const REMOTE_NODE_DEVICE_CAPS_LIST_MAX = 65536;
/** Most elements of `ConnectListNwfiltersRet.names`, `ConnectListAllNwfiltersRet.filters`. */
export const REMOTE_NWFILTER_LIST_MAX = 16384;
/** Most elements of `ConnectListAllNwfilterBindingsRet.bindings`. */
export const REMOTE_NWFILTER_BINDING_LIST_MAX = 16384;
/** Most elements of `DomainGetSchedulerParametersRet.params`, `DomainGetSchedulerParametersFlagsRet.params`, …. */
export const REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX = 16;
/** Most elements of `DomainSetBlkioParametersArgs.params`, `DomainGetBlkioParametersRet.params`. */
export const REMOTE_DOMAIN_BLKIO_PARAMETERS_MAX = 16;
/** Most elements of `DomainSetMemoryParametersArgs.params`, `DomainGetMemoryParametersRet.params`. */
export const REMOTE_DOMAIN_MEMORY_PARAMETERS_MAX = 16;
/** Most elements of `DomainSetBlockIoTuneArgs.params`, `DomainGetBlockIoTuneRet.params`. */
export const REMOTE_DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX = 32;
/** Most elements of `DomainSetNumaParametersArgs.params`, `DomainGetNumaParametersRet.params`. */
export const REMOTE_DOMAIN_NUMA_PARAMETERS_MAX = 16;
/** Most elements of `DomainSetPerfEventsArgs.params`, `DomainGetPerfEventsRet.params`. */
export const REMOTE_DOMAIN_PERF_EVENTS_MAX = 64;
/** Most elements of `DomainBlockCopyArgs.params`. */
export const REMOTE_DOMAIN_BLOCK_COPY_PARAMETERS_MAX = 16;
/** Most elements of `NodeGetCpuStatsRet.params`. */
export const REMOTE_NODE_CPU_STATS_MAX = 16;
/** Most elements of `NodeGetMemoryStatsRet.params`. */
export const REMOTE_NODE_MEMORY_STATS_MAX = 16;
/** Most elements of `DomainBlockStatsFlagsRet.params`. */
export const REMOTE_DOMAIN_BLOCK_STATS_PARAMETERS_MAX = 16;
/** Most elements of `NodeGetCellsFreeMemoryRet.cells`, `NodeGetFreePagesArgs.pages`, …. */
export const REMOTE_NODE_MAX_CELLS = 1024;
/** Most bytes of `AuthSaslStartArgs.data`, `AuthSaslStartRet.data`, …. */
export const REMOTE_AUTH_SASL_DATA_MAX = 65536;
/** Most elements of `AuthListRet.types`. */
export const REMOTE_AUTH_TYPE_LIST_MAX = 20;
/** Most elements of `DomainMemoryStatsRet.stats`. */
export const REMOTE_DOMAIN_MEMORY_STATS_MAX = 1024;
/** Most elements of `DomainListAllCheckpointsRet.checkpoints`, `DomainCheckpointListAllChildrenRet.checkpoints`. */
export const REMOTE_DOMAIN_CHECKPOINT_LIST_MAX = 16384;
/** Most elements of `DomainSnapshotListNamesRet.names`, `DomainListAllSnapshotsRet.snapshots`, …. */
export const REMOTE_DOMAIN_SNAPSHOT_LIST_MAX = 16384;
/** Most bytes of `DomainBlockPeekRet.buffer`. */
export const REMOTE_DOMAIN_BLOCK_PEEK_BUFFER_MAX = 4194304;
/** Most bytes of `DomainMemoryPeekRet.buffer`. */
export const REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX = 4194304;
/** Most elements of `DomainGetSecurityLabelListRet.labels`. */
export const REMOTE_SECURITY_LABEL_LIST_MAX = 64;
/** Most bytes of `NodeGetSecurityModelRet.model`. */
export const REMOTE_SECURITY_MODEL_MAX = 257;
/** Most bytes of `DomainGetSecurityLabelRet.label`. */
export const REMOTE_SECURITY_LABEL_MAX = 4097;
/** Most bytes of `NodeGetSecurityModelRet.doi`. */
export const REMOTE_SECURITY_DOI_MAX = 257;
/** Most bytes of `SecretSetValueArgs.value`, `SecretGetValueRet.value`. */
export const REMOTE_SECRET_VALUE_MAX = 65536;
/** Most elements of `ConnectListSecretsRet.uuids`, `ConnectListAllSecretsRet.secrets`. */
export const REMOTE_SECRET_LIST_MAX = 16384;
/** Most elements of `ConnectBaselineCpuArgs.xmlCpus`, `ConnectBaselineHypervisorCpuArgs.xmlCpus`. */
export const REMOTE_CPU_BASELINE_MAX = 256;
/** Most elements of `DomainSendKeyArgs.keycodes`. */
export const REMOTE_DOMAIN_SEND_KEY_MAX = 16;
/** Most elements of `DomainSetInterfaceParametersArgs.params`, `DomainGetInterfaceParametersRet.params`. */
export const REMOTE_DOMAIN_INTERFACE_PARAMETERS_MAX = 16;
/** Not used by any type. */
export const REMOTE_DOMAIN_GET_CPU_STATS_NCPUS_MAX = 128;
/** Most elements of `DomainGetCpuStatsRet.params`. */
export const REMOTE_DOMAIN_GET_CPU_STATS_MAX = 2048;
/** Most elements of `DomainGetDiskErrorsRet.errors`. */
export const REMOTE_DOMAIN_DISK_ERRORS_MAX = 256;
/** Most elements of `NodeSetMemoryParametersArgs.params`, `NodeGetMemoryParametersRet.params`. */
export const REMOTE_NODE_MEMORY_PARAMETERS_MAX = 64;
/** Most elements of `DomainMigrateBegin3ParamsArgs.params`, `DomainMigratePrepare3ParamsArgs.params`, …. */
export const REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX = 64;
/** Most elements of `DomainSaveParamsArgs.params`, `DomainRestoreParamsArgs.params`. */
export const REMOTE_DOMAIN_SAVE_PARAMS_MAX = 64;
/** Most elements of `DomainGetJobStatsRet.params`, `DomainEventCallbackJobCompletedMsg.params`. */
export const REMOTE_DOMAIN_JOB_STATS_MAX = 64;
/** Most elements of `ConnectGetCpuModelNamesRet.models`. */
export const REMOTE_CONNECT_CPU_MODELS_MAX = 8192;
/** Most elements of `DomainFsfreezeArgs.mountpoints`, `DomainFsthawArgs.mountpoints`. */
export const REMOTE_DOMAIN_FSFREEZE_MOUNTPOINTS_MAX = 256;
/** Most elements of `NetworkGetDhcpLeasesRet.leases`. */
export const REMOTE_NETWORK_DHCP_LEASES_MAX = 65536;
/** Most elements of `DomainStatsRecord.params`. */
export const REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX = 262144;
/** Most elements of `DomainEventCallbackTunableMsg.params`. */
export const REMOTE_DOMAIN_EVENT_TUNABLE_MAX = 2048;
/** Most elements of `DomainGetFsinfoRet.info`. */
export const REMOTE_DOMAIN_FSINFO_MAX = 256;
/** Most elements of `DomainFsinfo.devAliases`. */
export const REMOTE_DOMAIN_FSINFO_DISKS_MAX = 256;
/** Most elements of `DomainInterfaceAddressesRet.ifaces`. */
export const REMOTE_DOMAIN_INTERFACE_MAX = 2048;
/** Most elements of `DomainInterface.addrs`. */
export const REMOTE_DOMAIN_IP_ADDR_MAX = 2048;
/** Most elements of `DomainGetGuestVcpusRet.params`. */
export const REMOTE_DOMAIN_GUEST_VCPU_PARAMS_MAX = 64;
/** Most elements of `DomainSetIothreadParamsArgs.params`. */
export const REMOTE_DOMAIN_IOTHREAD_PARAMS_MAX = 64;
/** Most elements of `NodeGetSevInfoRet.params`. */
export const REMOTE_NODE_SEV_INFO_MAX = 64;
/** Most elements of `DomainGetLaunchSecurityInfoRet.params`. */
export const REMOTE_DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX = 64;
/** Most elements of `DomainSetLaunchSecurityStateArgs.params`. */
export const REMOTE_DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX = 64;
/** Most elements of `DomainGetGuestInfoRet.params`. */
export const REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX = 2048;
/** Most elements of `NetworkPortSetParametersArgs.params`, `NetworkPortGetParametersRet.params`. */
export const REMOTE_NETWORK_PORT_PARAMETERS_MAX = 16;
/** Most elements of `DomainAuthorizedSshKeysGetRet.keys`, `DomainAuthorizedSshKeysSetArgs.keys`. */
export const REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX = 2048;
/** Most elements of `DomainGetMessagesRet.msgs`. */
export const REMOTE_DOMAIN_MESSAGES_MAX = 2048;
/** Most elements of `DomainEventGraphicsMsg.subject`. */
export const REMOTE_DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX = 20;
