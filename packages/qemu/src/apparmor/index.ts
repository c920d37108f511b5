export { type Access, hostDevices, systemDirectories } from "./accesses.ts";
export {
  formatRules,
  isProfileName,
  loadedMode,
  pathsOf,
  profileAccesses,
  profileFromTemplate,
  profileName,
  RULES_HEADER,
} from "./rules.ts";
