import { errnoNumber, SystemError } from "../errors.ts";
import type { Processes } from "../processes/processes.ts";
import type { Firewall, FirewallRule } from "./host-network.ts";
import { IptablesFirewall } from "./iptables-firewall.ts";
import { NftFirewall } from "./nft-firewall.ts";

/** libvirt's chains through `iptables`, as libvirt 9.0 makes them, or through `nft` where there is no `iptables`. */
export class LinuxFirewall implements Firewall {
  readonly #processes: Processes;
  #chosen: Firewall | undefined;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async setUp(): Promise<void> {
    await (await this.#choose()).setUp();
  }

  async add(rules: readonly FirewallRule[]): Promise<void> {
    await (await this.#choose()).add(rules);
  }

  async remove(rules: readonly FirewallRule[]): Promise<void> {
    await (await this.#choose()).remove(rules);
  }

  async #choose(): Promise<Firewall> {
    if (this.#chosen) return this.#chosen;
    if ((await this.#processes.findProgram("iptables-restore")) !== undefined) {
      this.#chosen = new IptablesFirewall(this.#processes);
    } else if ((await this.#processes.findProgram("nft")) !== undefined) {
      this.#chosen = new NftFirewall(this.#processes);
    } else {
      throw new SystemError(errnoNumber("ENOENT"), "Cannot find 'iptables' or 'nft' in path");
    }
    return this.#chosen;
  }
}
