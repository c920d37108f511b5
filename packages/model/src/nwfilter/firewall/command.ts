/** A command that sets up a part of an interface's packet filter. */
export interface FilterCommand {
  readonly program: "ebtables" | "iptables" | "ip6tables";
  readonly args: readonly string[];
  /** It takes away what may not be there: its failure means nothing. */
  readonly mayFail?: true;
}
