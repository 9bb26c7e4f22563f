export { type CancelTimer, type Clock, sleepUntil } from './clock.ts';
export { LazyTimer } from './lazy-timer.ts';
export { ManualClock } from './manual-clock.ts';
export { formatDuration, parseDuration, parseRate, parseSize } from './quantities.ts';
