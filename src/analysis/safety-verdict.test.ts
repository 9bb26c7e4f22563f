import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConversationFrames } from '../testing/conversation-frames.ts';
import { bytesOf, u16 } from '../testing/frames.ts';
import { CostAndSafety } from './cost-and-safety.ts';
import { MOST_EVIDENCE, type SafetyVerdict } from './safety.ts';
import { MOST_EVIDENCE_TEXT } from './safety-evidence.ts';
import { SAMPLE_BYTES } from './safety-sample.ts';

/** The verdict on a TCP conversation of these payloads; those of the server have `server:` before them, or are listed second. */
function tcpVerdict(
  ...payloads: readonly (Uint8Array | string | readonly ['server', Uint8Array | string])[]
): SafetyVerdict {
  const costs = new CostAndSafety();
  const talk = new ConversationFrames(costs);
  talk.open();
  for (const payload of payloads) {
    if (Array.isArray(payload)) talk.tcp(1, payload[1] as string);
    else talk.tcp(0, payload as string);
  }
  return costs.safetyOfTcp(0);
}

function udpVerdict(...payloads: readonly (Uint8Array | string)[]): SafetyVerdict {
  const costs = new CostAndSafety();
  const talk = new ConversationFrames(costs);
  for (const payload of payloads) talk.udp(0, payload);
  return costs.safetyOfUdp(0);
}

/** Bytes that look random, and are the same each time. */
function noise(length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let index = 0; 32 * index < length; index++)
    parts.push(createHash('sha256').update(String(index)).digest());
  return bytesOf(...parts).subarray(0, length);
}

/** What a TLS client says first, by Node's own TLS. */
async function clientHello(servername: string, ALPNProtocols: string[]): Promise<Uint8Array> {
  return await new Promise(resolve => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Uint8Array) => {
        resolve(chunk);
        wire.destroy();
      },
    });
    connect({ socket: wire, servername, ALPNProtocols, rejectUnauthorized: false }).on(
      'error',
      () => undefined,
    );
  });
}

describe('readable', () => {
  test('a password in the open, with its place in the frame', () => {
    const verdict = tcpVerdict('user=anna password=geheim\n', 'temperature: 21.4 °C\n');
    expect(verdict.level).toBe('readable');
    expect(
      verdict.evidence.slice(0, 3).map(({ kind, name, text, places }) => [kind, name, text, places]),
    ).toEqual([
      ['credential', 'user', 'anna', [{ frame: 4, start: 71, end: 75 }]],
      ['credential', 'password', 'geheim', [{ frame: 4, start: 85, end: 91 }]],
      ['value', 'temperature', '21.4 °C', [{ frame: 5, start: 79, end: 87 }]],
    ]);
    expect(verdict.sentence).toBe(
      'Nothing is encrypted: anybody on the way can read, and change, what is said: user = anna (frame 4, bytes 71 to 74), password = geheim (frame 4, bytes 85 to 90).',
    );
  });

  test('HTTP: Basic is no encryption', () => {
    const request = `GET /log HTTP/1.1\r\nHost: sensors.lan\r\nAuthorization: Basic ${btoa('anna:geheim')}\r\n\r\n`;
    const verdict = tcpVerdict(request, ['server', 'HTTP/1.1 200 OK\r\n\r\n{"t": 21.4}']);
    expect(verdict.protocols[0]).toMatchObject({ name: 'HTTP', version: '1.1', isEncrypted: false });
    expect(verdict.evidence[0]).toMatchObject({ kind: 'credential', text: 'anna:geheim' });
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ kind: 'value', name: 't', text: '21.4' }),
    );
  });

  test('MQTT, also where its values are no text', () => {
    const verdict = tcpVerdict(
      bytesOf('10 10 0004', new TextEncoder().encode('MQTT'), '04 c2 003c 0000 0000'),
    );
    expect(verdict).toMatchObject({ level: 'readable', protocols: [{ name: 'MQTT', version: '3.1.1' }] });
    expect(verdict.sentence).toContain('MQTT 3.1.1 is not encrypted');
  });

  test('DNS tells what was asked', () => {
    const question = bytesOf('1234 0100 0001 0000 0000 0000', '07 6578616d706c65 03 6f7267 00 0001 0001');
    expect(udpVerdict(question)).toMatchObject({
      level: 'readable',
      evidence: [{ name: 'question', text: 'example.org', places: [{ frame: 1, start: 42, end: 71 }] }],
    });
  });

  test('evidence is bounded, and harmless on a terminal', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `value${index} = ${index}`).join('\n');
    const verdict = tcpVerdict(`${'x'.repeat(300)}\t\r\n${lines}`);
    expect(verdict.evidence.length).toBe(MOST_EVIDENCE);
    expect(verdict.hasMoreEvidence).toBe(true);
    expect(tcpVerdict(`${'x'.repeat(300)}`).evidence[0]?.text.length).toBe(MOST_EVIDENCE_TEXT);
  });
});

describe('encrypted', () => {
  test('TLS: version, and the name that still can be read', async () => {
    const hello = await clientHello('sensors.example.org', ['h2', 'http/1.1']);
    const verdict = tcpVerdict(hello);
    expect(verdict.level).toBe('encrypted');
    expect(verdict.protocols[0]).toMatchObject({
      name: 'TLS',
      version: '1.3',
      details: [
        { name: 'record', value: 'ClientHello' },
        { name: 'server name', value: 'sensors.example.org' },
        { name: 'protocol above', value: 'h2, http/1.1' },
      ],
    });
    const [name] = verdict.evidence;
    expect(name).toMatchObject({ kind: 'name', name: 'server name', text: 'sensors.example.org' });
    const [place] = name?.places ?? [];
    const at = (place?.start ?? 0) - 66;
    expect(new TextDecoder().decode(hello.subarray(at, at + 19))).toBe('sensors.example.org');
  });

  test('STARTTLS: it begins in the open', async () => {
    const hello = await clientHello('mail.example.org', []);
    const verdict = tcpVerdict(
      ['server', '220 mail.example.org ESMTP\r\n'],
      'EHLO anna\r\n',
      'STARTTLS\r\n',
      hello,
    );
    expect(verdict.level).toBe('mixed');
    expect(verdict.sentence).toContain('encrypted with TLS 1.3 from frame 7 on');
    expect(verdict.protocols.map(({ name }) => name)).toEqual(['SMTP', 'TLS']);
  });

  test('records of a connection that began before the capture', () => {
    const record = bytesOf('17 0303', u16(200), noise(200));
    expect(tcpVerdict(record, record)).toMatchObject({ level: 'encrypted', protocols: [{ name: 'TLS' }] });
  });

  test('old versions are named as what they are', () => {
    const record = bytesOf('16 0301', u16(100), '04', noise(99));
    expect(tcpVerdict(record).sentence).toContain('TLS 1.0, which is old and can be broken');
  });

  test('SSH by its greeting', () => {
    const verdict = tcpVerdict(
      ['server', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
      'SSH-2.0-OpenSSH_9.6\r\n',
      noise(700),
    );
    expect(verdict).toMatchObject({ level: 'encrypted', protocols: [{ name: 'SSH', version: '2.0' }] });
    expect(verdict.evidence.map(({ text }) => text)).toEqual(['OpenSSH_9.2p1', 'OpenSSH_9.6']);
  });

  test.each([
    ['QUIC', '1', bytesOf('c3 00000001 08 0102030405060708 00 00 44d0', noise(1_183))],
    ['DTLS', '1.2', bytesOf('17 fefd 0001000000000005', u16(80), noise(80))],
    ['WireGuard', undefined, bytesOf('01000000', noise(144))],
    ['OpenVPN', undefined, bytesOf('38', noise(8), '00 00000000')],
  ])('%s', (name, version, datagram) => {
    expect(udpVerdict(datagram)).toMatchObject({ level: 'encrypted', protocols: [{ name, version }] });
  });
});

describe('unclear', () => {
  test('as random as encrypted data', () => {
    const verdict = tcpVerdict(noise(1_400));
    expect(verdict).toMatchObject({ level: 'unclear', evidence: [], examinedBytes: 1_400 });
    expect(verdict.sentence).toContain('as random as encrypted or compressed data');
  });

  test('numbers in binary have structure', () => {
    const floats = new Float64Array(64).map((_, index) => 20 + index / 10);
    const verdict = tcpVerdict(new Uint8Array(floats.buffer));
    expect(verdict.level).toBe('unclear');
    expect(verdict.sentence).toContain('Take it as readable');
  });

  test('nothing at all', () => {
    expect(tcpVerdict()).toMatchObject({ level: 'empty', examinedBytes: 0, entropy: undefined });
  });
});

test('only the first bytes of a side are looked at', () => {
  const verdict = tcpVerdict(noise(1_400), noise(1_400), 'password=geheim');
  expect(verdict.examinedBytes).toBe(SAMPLE_BYTES);
});

test('any payload ends in a verdict whose places are within the frames', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc.string({ maxLength: 80 }),
    fc.constantFrom('16030100', '1000044d515454'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, isUdp) => {
      const verdict = isUdp ? udpVerdict(...pieces) : tcpVerdict(...pieces);
      expect(verdict.sentence.length).toBeGreaterThan(10);
      for (const { places, text } of verdict.evidence) {
        expect(places.every(({ start, end }) => 0 <= start && start <= end && end <= 66 + 600)).toBe(true);
        expect(Array.from(text).length).toBeLessThanOrEqual(MOST_EVIDENCE_TEXT);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
    { numRuns: 300 },
  );
});
