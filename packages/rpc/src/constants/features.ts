/** What `connectSupportsFeature` asks about (libvirt's internal `virDrvFeature`); a fact of the protocol. */
export const InternalFeature = {
  migrationV1: 1,
  remote: 2,
  migrationV2: 3,
  migrationP2p: 4,
  migrationDirect: 5,
  migrationV3: 6,
  migrateChangeProtection: 7,
  fdPassing: 8,
  typedParamString: 9,
  programKeepalive: 10,
  xmlMigratable: 11,
  migrationOffline: 12,
  migrationParams: 13,
  remoteEventCallback: 14,
  remoteCloseCallback: 15,
  networkUpdateHasCorrectOrder: 16,
} as const;
/** A value of {@link InternalFeature}. */
export type InternalFeature = (typeof InternalFeature)[keyof typeof InternalFeature];
