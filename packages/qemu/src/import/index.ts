export type { Fate } from "./argument.ts";
export type { ImportHost } from "./draft.ts";
export {
  formatImportedDomain,
  type ImportedDomain,
  type ImportOptions,
  importCommandLine,
} from "./import.ts";
export { type ArgumentReport, formatImportReport, type ImportReport } from "./report.ts";
