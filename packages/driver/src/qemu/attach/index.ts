/** What attaching to QEMUs that were started by hand would do, without a daemon. */
export type { PassedOver } from "./choose-monitor.ts";
export { type SurveyedQemu, type SurveyOptions, surveyProcesses, type Unplaced } from "./survey.ts";
