export { type Access, type AccessFacts, systemDirectories } from "./accesses.ts";
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
