export { type Clock, systemClock } from "./clock.ts";
export { abortable, type Deferred, deferred, endsWithin, together } from "./deferred.ts";
export { ErrorCode, ErrorDomain, ErrorLevel } from "./error-codes.ts";
export { InternalError, nameOfCode, VirtError, type VirtErrorOptions, virtError } from "./errors.ts";
export { JobQueue, type RunningJob } from "./job-queue.ts";
export { type LogFields, Logger, type LogLevel, type LogRecord, type LogSink, silentLogger } from "./logger.ts";
export { Rollback, type Undo } from "./rollback.ts";
export { errnoText, strerror } from "./strerror.ts";
export { formatUuid, parseUuid } from "./uuid.ts";
