/** The hex dump of `--frame`: each byte in the colour of its layer. */
import type { CostLayer } from '../../analysis/cost.ts';
import type { DetailLayer, FrameDetail } from '../../analysis/frame-detail-model.ts';
import { hexRows, offsetText, ROW_BYTES } from '../../analysis/hex-dump.ts';
import { colour } from './analyze-layout.ts';

type Colour = 'blue' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'gray' | 'white';

export const TONES: Readonly<Record<CostLayer, Colour>> = {
  link: 'blue',
  padding: 'gray',
  network: 'green',
  networkOptions: 'green',
  transport: 'yellow',
  transportOptions: 'yellow',
  application: 'magenta',
  payload: 'cyan',
  other: 'white',
};

/** Lines of the source with that index. */
export function dumpLines({ sources, layers, frame }: FrameDetail, index: number): string[] {
  const { title = '', bytes = new Uint8Array(0) } = sources[index] ?? {};
  const tones = tonesOf(bytes.length, layers, index, frame);
  const head = index === 0 ? 'Bytes' : `Bytes of ${title}`;
  const rows = hexRows(bytes).map(({ offset, digits, characters }) => {
    const hex = painted(digits, tones, offset, ' ');
    const gap = ' '.repeat(3 * (ROW_BYTES - digits.length));
    const text = painted(characters, tones, offset, '');
    return `${colour('dim', offsetText(offset, bytes.length))}  ${hex}${gap}  ${text}`;
  });
  return [colour('bold', head), ...(rows.length === 0 ? ['none'] : rows)];
}

/** The layer of each byte: inner ones stand over outer ones. */
function tonesOf(
  length: number,
  layers: readonly DetailLayer[],
  source: number,
  frame: number,
): (CostLayer | undefined)[] {
  const tones: (CostLayer | undefined)[] = new Array(length).fill(undefined);
  for (const layer of layers) {
    if (layer.source === source) tones.fill(layer.tone, layer.start, layer.end);
    else if (source === 0)
      for (const place of layer.places)
        if (place.frame === frame) tones.fill(layer.tone, place.start, place.end);
  }
  return tones;
}

/** Pieces with `joint` between them and a gap in the middle; neighbours of one colour are painted at once. */
function painted(
  pieces: readonly string[],
  tones: readonly (CostLayer | undefined)[],
  offset: number,
  joint: string,
): string {
  let line = '';
  for (let at = 0; at < pieces.length; ) {
    const tone = tones[offset + at];
    let end = at + 1;
    while (end < pieces.length && tones[offset + end] === tone && end !== ROW_BYTES / 2) end++;
    const text = pieces.slice(at, end).join(joint);
    line += `${at === 0 ? '' : joint}${at === ROW_BYTES / 2 ? ' ' : ''}${tone === undefined ? text : colour(TONES[tone], text)}`;
    at = end;
  }
  return pieces.length <= ROW_BYTES / 2 && joint !== '' ? `${line} ` : line;
}
