/** Documents of moments in a guest's life: snapshots, checkpoints, backups. */
export {
  alignBackup,
  type BackedUpDisk,
  Backup,
  BackupDisk,
  BackupDisks,
  BackupDriver,
  BackupScratch,
  BackupServer,
  BackupTarget,
  parseBackup,
} from "./backup.ts";
export {
  Checkpoint,
  CheckpointDisk,
  CheckpointDisks,
  type ParseCheckpointOptions,
  parseCheckpoint,
} from "./checkpoint.ts";
export { DomainUuid, InactiveDomain, isWholeDomain } from "./nested-domain.ts";
export {
  type FormatSnapshotOptions,
  formatSnapshot,
  MomentParent,
  type ParseSnapshotOptions,
  parseSnapshot,
  Snapshot,
  SnapshotDisks,
} from "./snapshot.ts";
