/** The readings of our telemetry in a conversation, whatever carries them; as a report, and in words. */
import { type ExplainedPart, part } from './explained.ts';
import type { TelemetryReport } from './rudp-model.ts';
import type { OwnConversation } from './telemetry-decode-watch.ts';
import { counted, countText } from './words.ts';

/** As many as a line or two have room for. */
const MOST_NAMES = 8;
const MOST_EXAMPLES = 4;
const US_PER_MS = 1_000;

export function telemetryReport(own: OwnConversation | undefined): TelemetryReport | undefined {
  const session = own?.telemetry;
  if (own === undefined || session === undefined) return undefined;
  return {
    source: session.source ?? null,
    version: session.version ?? null,
    sensors: session.sensorNames,
    // A session of reliable UDP may have begun in another conversation.
    readings: own.counts.readings,
    examples: session.examples.flatMap(({ name, number, text, timeUs, places: [place] }) =>
      place === undefined || place.frame < own.frame
        ? []
        : [{ sensor: name, number, text, timeUs: timeUs ?? null, frame: place.frame }],
    ),
  };
}

export function telemetryPart(telemetry: TelemetryReport | undefined): ExplainedPart[] {
  if (telemetry === undefined) return [];
  const { source, sensors, readings, examples } = telemetry;
  const who = source === null ? 'a sender whose HELLO is not in the capture' : `“${source}”`;
  const names = sensors.slice(0, MOST_NAMES).join(', ');
  const more = sensors.length > MOST_NAMES ? ` and ${countText(sensors.length - MOST_NAMES)} more` : '';
  const of = sensors.length === 0 ? '' : ` of ${counted(sensors.length, 'sensor')} (${names}${more})`;
  const shown = examples.slice(0, MOST_EXAMPLES).map(({ sensor, number, text, timeUs, frame }) => {
    const when = timeUs === null ? '' : ` at ${timeOfDay(timeUs)}`;
    return `${sensor} ${number}: ${text}${when} (frame ${frame})`;
  });
  return part('readings', [
    `${counted(readings, 'reading')}${of} from ${who}`,
    ...(shown.length === 0 ? [] : [`the first ones: ${shown.join('; ')}`]),
  ]);
}

/** `10:15:30.123 UTC`. */
function timeOfDay(us: number): string {
  return `${new Date(us / US_PER_MS).toISOString().slice(11, 23)} UTC`;
}
