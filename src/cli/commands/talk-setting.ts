/**
 * What every kind of conversation of `talk` needs.
 */
import { NetworkError } from '../../errors/errors.ts';
import type { TalkCounters } from '../../talk/counters.ts';
import type { TalkOutput } from '../../talk/ports.ts';
import type { TalkFlags } from '../definitions/talk.ts';
import type { TalkScreen } from './talk-screen.ts';

/** The values of --eol. */
export const EOL = { lf: '\n', crlf: '\r\n', none: '' } as const;

export interface TalkSetting {
  readonly flags: TalkFlags;
  readonly screen: TalkScreen;
  readonly output: TalkOutput;
  readonly counters: TalkCounters;
  /** undefined: standard input is sent. */
  readonly text: Uint8Array | undefined;
  readonly timeoutUs: number;
  readonly signal: AbortSignal;
  /** Ends it at once, as a signal does. */
  readonly interrupt: () => void;
  /** Called where it listens, and has its port. */
  onListening?: () => void;
  /** Set where nobody knows how many will answer. */
  isGroup?: boolean;
}

/** It was ended before there was anybody to talk to. */
export function neverConnected(url: string, signal: AbortSignal): NetworkError {
  const why = typeof signal.reason === 'string' ? 'it was interrupted' : 'the time of --for was over';
  return new NetworkError('SW_TIMEOUT', `never connected to ${url}: ${why} first`, { retryable: true });
}

/** Whether somebody types who sees the answers at the same place. */
export function isDialogue({ flags }: TalkSetting): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && !flags.json;
}
