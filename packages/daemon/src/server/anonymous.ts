/** What is known of a connection that has not authenticated. */
export interface AnonymousClient {
  /** Who it comes from: a user id on UNIX sockets. */
  readonly source: string | number;
}

/**
 * The connections that have not authenticated, oldest first. When there are too many, in all or from one source, the
 * oldest of the source that holds most has to go; new ones are never kept waiting, so that silent connections cannot lock
 * others out (threat-model section 5; libvirtd stops accepting instead).
 */
export class AnonymousClients<C extends AnonymousClient> {
  /** Most at a time; 0 for no limit. */
  max: number;
  readonly #maxPerSource: number;
  /** Insertion order is age. */
  readonly #bySource = new Map<C["source"], Set<C>>();
  #count = 0;

  constructor(max: number, maxPerSource: number) {
    this.max = max;
    this.#maxPerSource = maxPerSource;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes a new connection in; returns those that have to be closed for it. */
  add(client: C): C[] {
    const mine = this.#bySource.get(client.source) ?? new Set<C>();
    this.#bySource.set(client.source, mine.add(client));
    this.#count++;
    const victims: C[] = [];
    if (this.max === 0) return victims;
    if (mine.size > this.#maxPerSource) this.#evict(mine, victims);
    while (this.#count > this.max) this.#evict(this.#busiest(), victims);
    return victims;
  }

  /** It has authenticated or gone. */
  delete(client: C): void {
    const mine = this.#bySource.get(client.source);
    if (!mine?.delete(client)) return;
    this.#count--;
    if (mine.size === 0) this.#bySource.delete(client.source);
  }

  #evict(from: ReadonlySet<C>, victims: C[]): void {
    for (const oldest of from) {
      victims.push(oldest);
      this.delete(oldest);
      return;
    }
  }

  /** Of equally busy sources the one that came first. */
  #busiest(): ReadonlySet<C> {
    let busiest: ReadonlySet<C> = new Set<C>();
    for (const each of this.#bySource.values()) if (each.size > busiest.size) busiest = each;
    return busiest;
  }
}
