import type { DomainEvent, GuestRef, MonitorEvent } from "./domain-event.ts";

/** Takes domain events; called in order, must not throw. */
export type DomainListener = (guest: GuestRef, event: DomainEvent) => void;
/** Takes raw monitor events; called in order, must not throw. */
export type MonitorListener = (guest: GuestRef, event: MonitorEvent) => void;

/** Hands what happens to guests to whoever registered for it. Delivery is synchronous and in the order of happening. */
export class EventBroker {
  readonly #domain = new Set<DomainListener>();
  readonly #monitor = new Set<MonitorListener>();

  /** Listens until the returned function is called. */
  onDomainEvent(listener: DomainListener): () => void {
    this.#domain.add(listener);
    return () => void this.#domain.delete(listener);
  }

  /** Listens to raw monitor events until the returned function is called. */
  onMonitorEvent(listener: MonitorListener): () => void {
    this.#monitor.add(listener);
    return () => void this.#monitor.delete(listener);
  }

  /** Whether anybody wants raw monitor events, which otherwise need not be prepared. */
  get wantsMonitorEvents(): boolean {
    return this.#monitor.size > 0;
  }

  emit(guest: GuestRef, event: DomainEvent): void {
    for (const listener of [...this.#domain]) listener(guest, event);
  }

  emitMonitor(guest: GuestRef, event: MonitorEvent): void {
    for (const listener of [...this.#monitor]) listener(guest, event);
  }
}
