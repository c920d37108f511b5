/** The file in which a running guest's state is kept for whoever takes it over. */
export { BlockJob, JobTarget, StatusBlockJobs } from "./block-jobs.ts";
export { DomainStatus, formatStatus, parseStatus, readStatus, StatusDeviceNames } from "./domain-status.ts";
export { JobDisk, MigrationParameter, MigrationParameters, MigrationSource, StatusJob } from "./job.ts";
