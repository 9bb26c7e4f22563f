export {
  type CommandOutcome,
  SENDER_DEFAULTS,
  Sender,
  type SenderCounters,
  type SenderNotice,
  type SenderOptions,
} from './sender.ts';
