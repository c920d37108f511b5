export { type ConfLine, formatConf, formatConfValue } from "./format.ts";
export { type ConfText, parseConf } from "./parser.ts";
export {
  bool,
  type ConfScalar,
  fileMode,
  int,
  integer,
  oneOf,
  text,
  textList,
  textOrList,
  uint,
  ulong,
} from "./scalars.ts";
export {
  type ReadSettings,
  type Setting,
  type SettingNotes,
  type Settings,
  type SettingsClass,
  type SettingsOf,
  setting,
  settings,
} from "./settings.ts";
export {
  type ConfComment,
  type ConfEntry,
  ConfError,
  type ConfNotice,
  type ConfPosition,
  type ConfSetting,
  type ConfValue,
  formatNotice,
} from "./value.ts";
