/** A frame that the reader can look up: its number, and a link where the report shows it. */
import { countText } from '../analysis/words.ts';
import { html, type Markup } from './markup.ts';

/** `frame 12`, or `Frame 12` at the beginning of a sentence. */
export function frameRef(frame: number, word: 'frame' | 'Frame' = 'frame'): Markup {
  return html`<b class="frame">${word} ${countText(frame)}</b>`;
}

/** `frames 1, 2 and 3` */
export function frameRefs(frames: readonly number[]): Markup {
  if (frames.length === 1) return frameRef(frames[0]!);
  const first = frames.slice(0, -1).map(countText).join(', ');
  return html`<b class="frame">frames ${first} and ${countText(frames.at(-1) ?? 0)}</b>`;
}
