/** A row of the ledger as a cost sheet. */
import {
  type ApplicationCost,
  COST_CAUSES,
  COST_LAYERS,
  type CostLayer,
  type CostSheet,
  type UncapturedCost,
  type UnitCost,
} from './cost.ts';
import { COST } from './cost-layers.ts';
import { causeBytes, causeFrames, WORD } from './cost-rows.ts';
import { PART, PART_NAMES } from './telemetry-decode-parts.ts';

/** What our own protocols took of the payload that the row counts. */
export interface OwnCost {
  /** Bytes by PART; empty where there are none. */
  readonly parts: Float64Array;
  readonly readings: number;
}

/** Bytes for each frame on Ethernet: IEEE 802.3 sections 4.2.5 (preamble), 3.2.9 (check sequence), 4.4.2 (gap of 96 bits). */
const PREAMBLE_BYTES = 8;
const CHECK_BYTES = 4;
const GAP_BYTES = 12;
const ETHERNET_HEADER = 14;

/** @param row words of a row, or the sums of several */
export function costSheet(row: Float64Array, own: OwnCost): CostSheet {
  const word = (index: number): number => row[index] as number;
  const causes = COST_CAUSES.map((cause, index) => ({
    cause,
    frames: word(causeFrames(index)),
    bytes: word(causeBytes(index)),
  })).filter(({ frames }) => frames > 0);
  const frames = causes.reduce((sum, cause) => sum + cause.frames, 0);
  const bytes = causes.reduce((sum, cause) => sum + cause.bytes, 0);
  const application = applicationCosts(own, word(COST.payload));
  const ours = application.reduce((sum, part) => sum + part.bytes, 0);
  const layers = Object.fromEntries(COST_LAYERS.map((layer, index) => [layer, word(index)])) as Record<
    CostLayer,
    number
  >;
  layers.application = ours;
  layers.payload -= ours;
  const newPayloadBytes = Math.max(word(WORD.newPayload) - telemetryBytes(own), 0);
  const carriers = word(WORD.carriers);
  const headers = word(WORD.headers);
  const bound = {
    bytes: headers + newPayloadBytes,
    headersEach: carriers === 0 ? 0 : headers / carriers,
    payloadBytes: newPayloadBytes,
  };
  const unit = (count: number): UnitCost | undefined =>
    count === 0
      ? undefined
      : {
          count,
          bytesEach: bytes / count,
          payloadEach: newPayloadBytes / count,
          boundEach: bound.bytes / count,
        };
  return {
    frames,
    bytes,
    layers,
    causes,
    application,
    newPayloadBytes,
    uncaptured: uncaptured(row, frames),
    messages: unit(word(WORD.messages)),
    readings: unit(own.readings),
    bound,
  };
}

/** A message whose beginning came in another conversation may count as more than this one has: no more is told then. */
function applicationCosts({ parts }: OwnCost, payload: number): ApplicationCost[] {
  let left = payload;
  return PART_NAMES.map((name, part) => {
    const bytes = Math.min(parts[part] ?? 0, left);
    left -= bytes;
    return { name, bytes };
  }).filter(({ bytes }) => bytes > 0);
}

/** Bytes of telemetry that are no readings: they went as payload, or in messages of reliable UDP. */
function telemetryBytes({ parts }: OwnCost): number {
  return parts.reduce((sum, bytes, part) => (part >= PART.datagramHeader ? sum + bytes : sum), 0);
}

function uncaptured(row: Float64Array, frames: number): UncapturedCost {
  const foreign = row[WORD.foreignFrames] as number;
  return {
    isHypothetical: (row[WORD.hypotheticalFrames] as number) > 0,
    preambleBytes: PREAMBLE_BYTES * frames,
    checkBytes: CHECK_BYTES * frames,
    gapBytes: GAP_BYTES * frames,
    paddingBytes: row[WORD.missingPadding] as number,
    headerBytes: ETHERNET_HEADER * foreign - (row[WORD.foreignLink] as number),
    oversizedFrames: row[WORD.oversizedFrames] as number,
  };
}
