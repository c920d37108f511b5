import {
  DomainJobParameter as Job,
  DomainJobOperation as Operation,
  param,
  type TypedParam,
  typedParams,
} from "@tsvirt/rpc";
import type { MemoryJobReport } from "../events/domain-event.ts";

const jobParams = typedParams({
  operation: param(Job.operation, "int"),
  elapsed: param(Job.timeElapsed, "ullong"),
  downtime: param(Job.downtime, "ullong"),
  setupTime: param(Job.setupTime, "ullong"),
  dataTotal: param(Job.dataTotal, "ullong"),
  dataProcessed: param(Job.dataProcessed, "ullong"),
  dataRemaining: param(Job.dataRemaining, "ullong"),
  total: param(Job.memoryTotal, "ullong"),
  transferred: param(Job.memoryProcessed, "ullong"),
  remaining: param(Job.memoryRemaining, "ullong"),
  constantPages: param(Job.memoryConstant, "ullong"),
  normalPages: param(Job.memoryNormal, "ullong"),
  normalBytes: param(Job.memoryNormalBytes, "ullong"),
  dirtyRate: param(Job.memoryDirtyRate, "ullong"),
  iterations: param(Job.memoryIteration, "ullong"),
  postcopyRequests: param(Job.memoryPostcopyReqs, "ullong"),
  pageSize: param(Job.memoryPageSize, "ullong"),
});

/** A finished job as `virDomainGetJobStats` and the event of its end have it. All the data it moved is memory. */
export function jobReportParams(report: MemoryJobReport): TypedParam[] {
  const { operation, total, transferred, remaining } = report;
  return jobParams.format({
    ...report,
    operation: Operation[operation],
    dataTotal: total,
    dataProcessed: transferred,
    dataRemaining: remaining,
  });
}
