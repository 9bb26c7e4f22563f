/**
 * Run as a process: MQTT.js to a broker at QoS 1, JSON or CBOR, Nagle's algorithm off.
 */
import type { Duplex } from 'node:stream';
import { type Link, loadOptions, type PeerReading, runLoad } from './load.ts';

/** The part of MQTT.js that is used here; the package is not there in every checkout. */
interface MqttClient {
  readonly stream: Duplex & { setNoDelay(on: boolean): void };
  publish(
    topic: string,
    payload: string | Buffer,
    options: { qos: 1 },
    done: (error?: Error | null) => void,
  ): void;
  end(force: boolean): void;
}
interface MqttModule {
  connectAsync(url: string): Promise<MqttClient>;
}

/** A reading is an array of three: sensor, microseconds, value. */
function cborReading(bytes: Buffer, at: number, { sensor, timeUs, value }: PeerReading): number {
  bytes[at] = 0x83;
  bytes[at + 1] = sensor;
  bytes[at + 2] = 0x1b;
  bytes.writeUInt32BE(Math.floor(timeUs / 2 ** 32), at + 3);
  bytes.writeUInt32BE(timeUs % 2 ** 32, at + 7);
  bytes[at + 11] = 0xfb;
  bytes.writeDoubleBE(value, at + 12);
  return at + 20;
}

/** Several readings are an array of readings; sensors below 24, at most 255 readings. */
function cbor(readings: readonly PeerReading[]): Buffer {
  const bytes = Buffer.allocUnsafe(2 + 20 * readings.length);
  let at = 0;
  if (readings.length > 1) {
    bytes[at++] = 0x98;
    bytes[at++] = readings.length;
  }
  for (const reading of readings) at = cborReading(bytes, at, reading);
  return bytes.subarray(0, at);
}

function json(readings: readonly PeerReading[]): string {
  const plain = readings.map(({ sensor, timeUs, value }) => ({ s: sensor, t: timeUs, v: value }));
  return JSON.stringify(plain.length === 1 ? plain[0] : plain);
}

const options = loadOptions();
const encode = options.format === 'cbor' ? cbor : json;
const name: string = 'mqtt';
const { default: mqtt } = (await import(name)) as { default: MqttModule };

await runLoad(options, async (onAcked): Promise<Link> => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${options.port}`);
  client.stream.setNoDelay(true);
  return {
    send(readings) {
      client.publish('s/temp', encode(readings), { qos: 1 }, error => {
        if (error) throw error;
        onAcked(readings.length);
      });
    },
    close: () => client.end(true),
  };
});
