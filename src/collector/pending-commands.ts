/**
 * Commands that senders have not answered yet.
 */
import { COMMAND_STATUS, type CommandResult } from '../telemetry/messages/types.ts';
import type { Peer } from './peer.ts';

interface Pending {
  readonly peer: Peer;
  readonly resolve: (result: CommandResult) => void;
}

export class PendingCommands {
  readonly #pending = new Map<number, Pending>();
  #number = 0;

  /** Numbers a command for a peer; the promise resolves with the answer, or when the peer is gone. */
  add(peer: Peer): { readonly number: number; readonly answer: Promise<CommandResult> } {
    const { promise, resolve } = Promise.withResolvers<CommandResult>();
    const number = ++this.#number;
    this.#pending.set(number, { peer, resolve });
    return { number, answer: promise };
  }

  /** Takes an answer. One to somebody else's command, or to none, is nobody's. */
  onResult(peer: Peer, result: CommandResult): void {
    const pending = this.#pending.get(result.command);
    if (pending?.peer !== peer) return;
    this.#pending.delete(result.command);
    pending.resolve(result);
  }

  onClosed(peer: Peer): void {
    for (const [command, pending] of this.#pending) {
      if (pending.peer !== peer) continue;
      this.#pending.delete(command);
      const reason = 'the sender went away before it answered';
      pending.resolve({ command, status: COMMAND_STATUS.impossible, reason });
    }
  }
}
