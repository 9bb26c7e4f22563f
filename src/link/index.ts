export type { LinkPacket } from './arrival-queue.ts';
export type { LinkCounters } from './counters.ts';
export { Link } from './link.ts';
export { LINK_PRESETS, type LinkPreset } from './presets.ts';
export {
  type Blackout,
  type BurstLoss,
  type LinkSettings,
  type Outages,
  PERFECT_LINK,
  type Reordering,
} from './settings.ts';
export { formatLinkSettings, parseLinkSettings } from './settings-text.ts';
