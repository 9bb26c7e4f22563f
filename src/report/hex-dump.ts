/** The bytes of a frame in rows of 16, each in the colour of its layer, with the text that they are. */

import type { FrameView } from './frame-view.ts';
import { html, type Markup } from './markup.ts';

const ROW_BYTES = 16;

export function hexDump({ bytes, layers }: FrameView): Markup {
  const toneAt = (at: number): string =>
    layers.find(({ start, end }) => at >= start && at < end)?.tone ?? 'layer-other';
  const rows: Markup[] = [];
  for (let first = 0; first < bytes.length; first += ROW_BYTES) {
    const row = Array.from(bytes.subarray(first, first + ROW_BYTES));
    rows.push(
      html`<tr><th scope="row">${first.toString(16).padStart(4, '0')}</th><td>${runs(row, first, toneAt, hex, ' ')}</td><td>${runs(row, first, toneAt, character, '')}</td></tr>`,
    );
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Bytes of the frame"><table class="dump"><tbody>${rows}</tbody></table></div>`;
}

/** Neighbours of one layer share an element. */
function runs(
  row: readonly number[],
  first: number,
  toneAt: (at: number) => string,
  text: (byte: number) => string,
  separator: string,
): Markup[] {
  const runs: { tone: string; texts: string[] }[] = [];
  row.forEach((byte, index) => {
    const tone = toneAt(first + index);
    const last = runs.at(-1);
    if (last?.tone === tone) last.texts.push(text(byte));
    else runs.push({ tone, texts: [text(byte)] });
  });
  return runs.map(
    ({ tone, texts }, index) =>
      html`${index > 0 && separator}<i class="byte ${tone}">${texts.join(separator)}</i>`,
  );
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function character(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
