export type { Fate } from "./argument.ts";
export type { ImportHost } from "./draft.ts";
export {
  formatImportedDomain,
  type ImportedDomain,
  type ImportOptions,
  importCommandLine,
  importProcess,
  type QemuProcess,
} from "./import.ts";
export type { ImportedMonitor } from "./monitors.ts";
export { isQemuProgram } from "./option-syntax.ts";
export { type ArgumentReport, formatImportReport, type ImportReport } from "./report.ts";
