import { describe, expect, it } from 'vitest';
import { RudpDialogue } from '../testing/rudp-dialogue.ts';
import { FRAME } from './layout.ts';
import { type LongPacket, readLongPacket, writeInit } from './long-packets.ts';
import { DEFAULT_PARAMETERS } from './parameters.ts';

const RTT_US = 40_000;

/** INIT with the cookie that the server made for it, and the first message. */
function initWithCookie(dialogue: RudpDialogue): Uint8Array {
  const { client, server } = dialogue;
  client.connect();
  client.send('hello');
  client.says();
  client.arrives();
  server.says();
  server.arrives();
  client.says();
  return client.underWay[0]?.bytes as Uint8Array;
}

describe('an endpoint and strangers', () => {
  it('keeps nothing before a cookie has come back, and answers INIT with fewer than three times its bytes', () => {
    const { client, server } = new RudpDialogue();
    client.connect();
    client.says();
    const init = client.underWay[0]?.bytes as Uint8Array;
    for (let index = 0; index < 10; index++) server.takes(init, `stranger ${index}`);
    expect(server.says().length).toBe(10);
    expect(server.endpoint.connections).toBe(0);
    expect(server.endpoint.timeoutAt()).toBeUndefined();
    for (const { bytes } of server.underWay) expect(bytes.length).toBeLessThan(3 * init.length);
  });

  it('takes a cookie only from the address that it was made for', () => {
    const dialogue = new RudpDialogue();
    const init = initWithCookie(dialogue);
    const { server } = dialogue;
    server.takes(init, 'elsewhere');
    expect(server.says()).toEqual(['to elsewhere: RETRY']);
    expect(server.endpoint.counters.badCookies).toBe(1);
    server.takes(init);
    expect(server.says()).toEqual(['ACCEPT [ACK 0-0]']);
  });

  it('takes no cookie that is older than 10 s', () => {
    const dialogue = new RudpDialogue();
    const init = initWithCookie(dialogue);
    const { server } = dialogue;
    dialogue.wait(11_000_000);
    server.takes(init);
    expect(server.says()).toEqual(['RETRY']);
    expect(server.accepted).toBe(0);
  });

  it('takes no cookie that was changed', () => {
    const dialogue = new RudpDialogue();
    const init = initWithCookie(dialogue).slice();
    const { server } = dialogue;
    // In the middle of the 20 bytes after type, id, version, nonce and length.
    (init[25] as number) ^= 1;
    server.takes(init);
    expect(server.says()).toEqual(['RETRY']);
    expect(server.accepted).toBe(0);
  });

  it('makes no second connection out of an INIT that comes again, not even after the end of the first', () => {
    const dialogue = new RudpDialogue();
    const init = initWithCookie(dialogue);
    const { client, server } = dialogue;
    server.takes(init);
    server.takes(init);
    expect(server.says()).toEqual(['ACCEPT [ACK 0-0]']);
    server.arrives();
    client.loses();
    client.own.close();
    client.says();
    client.arrives();
    server.says();
    while (server.endpoint.connections > 0) {
      dialogue.waitFor(server);
      server.says();
    }
    server.takes(init);
    expect(server.says()).toEqual([]);
    expect(server.accepted).toBe(1);
  });

  it('takes an INIT that comes again no more for a moving client once that has answered', () => {
    const dialogue = new RudpDialogue();
    const init = initWithCookie(dialogue);
    const { client, server } = dialogue;
    server.takes(init);
    server.says();
    server.arrives();
    client.loses();
    client.address = 'elsewhere';
    client.send('from here');
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    client.says();
    client.arrives();
    expect(server.own.path).toBe('elsewhere');
    server.says();
    // Somebody says again what the client said from its old address.
    server.takes(init, 'client');
    expect(server.own.path).toBe('elsewhere');
    expect(server.hears()).toEqual(['hello', 'from here']);
  });

  it('takes the first INIT, which has no cookie, for nothing when it comes late', () => {
    const dialogue = new RudpDialogue();
    const { client, server } = dialogue;
    client.connect();
    client.says();
    const late = client.underWay[0]?.bytes as Uint8Array;
    client.loses();
    server.takes(late);
    server.says();
    server.arrives();
    client.says();
    client.loses();
    dialogue.waitFor(client);
    // Packet 0 was lost, 1 arrives; the late INIT must not pass for packet 0.
    client.says();
    client.arrives();
    server.says();
    server.arrives();
    server.takes(late);
    expect(server.says()).toEqual(['RETRY']);
    client.send('first');
    client.says();
    client.arrives();
    expect(server.hears()).toEqual(['first']);
  });

  it('accepts as many connections as it may, and counts those beyond', () => {
    const dialogue = new RudpDialogue({ mostConnections: 3 });
    const { client, server } = dialogue;
    for (let index = 0; index < 5; index++) client.connect();
    for (let round = 0; round < 2; round++) {
      client.says();
      client.arrives();
      server.says();
      server.arrives();
    }
    expect(server.endpoint.connections).toBe(3);
    expect(server.endpoint.counters.refused).toBe(2);
  });

  it('remembers a bounded number of clients that come and go', () => {
    const dialogue = new RudpDialogue({ mostConnections: 2 });
    const { client, server } = dialogue;
    for (let index = 0; index < 20; index++) {
      const connection = client.connect();
      for (let round = 0; round < 2; round++) {
        client.says();
        client.arrives();
        server.says();
        server.arrives();
      }
      if (connection.state === 'open') server.own.receiveReset();
      connection.abort(2, 'enough', dialogue.nowUs);
      server.endpoint.pollTransmit(dialogue.nowUs);
    }
    expect(server.accepted).toBeLessThanOrEqual(8);
    expect(server.endpoint.counters.refused).toBeGreaterThan(0);
  });

  it('takes no new clients after `stopAccepting`, and goes on with those that are there', () => {
    const dialogue = new RudpDialogue();
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    server.endpoint.stopAccepting();
    const before = client.own;
    client.connect();
    client.says();
    client.arrives();
    expect(server.says()).toEqual([]);
    client.connection = before;
    client.send('still here');
    client.says();
    client.arrives();
    expect(server.hears()).toEqual(['still here']);
  });

  it('drops what is no packet, and counts it', () => {
    const { server } = new RudpDialogue();
    for (const bytes of [[], [0x80], [0x8f, 1, 2, 3, 4], [0x83, 1], [0x20], [0x47, 0, 0, 0, 0, 1]])
      server.takes(Uint8Array.from(bytes));
    const { malformed, unknown } = server.endpoint.counters;
    expect(malformed).toBe(3);
    expect(unknown).toBe(3);
    expect(server.says()).toEqual([]);
  });
});

describe('a short packet with bits that are not its own', () => {
  it.each([
    ['reserved bits', 0x21],
    ['bytes of a number that it does not have', 0x08],
    ['more bytes of a number than it has', 0x38],
  ])('is dropped and counted (%s)', (_what, first) => {
    const dialogue = new RudpDialogue();
    dialogue.open(RTT_US);
    const { server } = dialogue;
    const packet = Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0);
    new DataView(packet.buffer).setUint32(1, server.own.localId);
    const { packetsReceived } = server.own.statistics;
    server.takes(packet);
    expect(server.endpoint.counters.malformed).toBe(1);
    expect(server.own.statistics.packetsReceived).toBe(packetsReceived);
    expect([server.says(), server.own.state]).toEqual([[], 'open']);
  });
});

describe('packet numbers', () => {
  it('of a peer that goes beyond the last one end the connection', () => {
    const dialogue = new RudpDialogue();
    const init = readLongPacket(initWithCookie(dialogue)) as Extract<LongPacket, { kind: 'init' }>;
    const { server } = dialogue;
    server.takes(Uint8Array.of(...writeInit({ ...init, packetNumber: 2 ** 48 - 1 }), FRAME.ping));
    // Its lowest 4 bytes.
    expect(server.says()).toEqual(['ACCEPT [ACK 4294967295-4294967295]']);
    const beyond = Uint8Array.of(0x38, 0, 0, 0, 0, 0, 0, 0, 0, FRAME.ping);
    new DataView(beyond.buffer).setUint32(1, server.own.localId);
    server.takes(beyond);
    expect(server.says()).toEqual(['- [CLOSE 1 "packet number 281474976710656: they end at 2^48"]']);
  });
});

describe('RESET', () => {
  it('ends the connection of a client whose server has begun anew', () => {
    const dialogue = new RudpDialogue();
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    server.restart();
    client.send('are you still there?');
    client.says();
    client.arrives();
    expect(server.says()).toEqual(['RESET']);
    server.arrives();
    expect(client.learns()).toEqual([
      'closed 3 by the peer: the peer does not know this connection any more',
    ]);
    client.says();
    expect(client.endpoint.connections).toBe(0);
  });

  it('answers also a client that only keeps the connection alive', () => {
    const dialogue = new RudpDialogue({ keepAliveUs: 15_000_000 });
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    server.restart();
    dialogue.waitFor(client);
    client.says();
    client.arrives();
    expect(server.says()).toEqual(['RESET']);
  });

  it('of a server that was started again, with another secret, is believed once the client has asked in vain', () => {
    const dialogue = new RudpDialogue();
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    server.restart(8);
    client.send('are you still there?');
    let waitedUs = 0;
    while (client.own.state === 'open') {
      if (client.says().length === 0) {
        waitedUs += dialogue.waitFor(client);
        continue;
      }
      client.arrives();
      expect(server.says()).toEqual(['RESET']);
      server.arrives();
    }
    expect(client.learns()).toEqual([
      'closed 3 by the peer: the peer does not know this connection any more',
    ]);
    // Three probe timeouts, with the 80 ms that an answer may take, and the next probe after that.
    expect(waitedUs).toBeGreaterThan(3 * (RTT_US + 80_000));
    expect(waitedUs).toBeLessThan(1_000_000);
  });

  it('that proves nothing makes a client ask, and does nothing where the server answers', () => {
    const dialogue = new RudpDialogue();
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    const forged = Uint8Array.of(0x83, ...new Uint8Array(20));
    new DataView(forged.buffer).setUint32(1, client.own.remoteId);
    for (let round = 0; round < 10; round++) {
      dialogue.wait(1_000_000);
      client.takes(forged);
      client.takes(forged);
      expect(client.says()).toEqual([expect.stringContaining('[PING, PADDING')]);
      dialogue.wait(RTT_US / 2);
      client.takes(forged);
      client.arrives();
      server.says();
      dialogue.waitFor(server);
      server.says();
      dialogue.wait(RTT_US / 2);
      client.takes(forged);
      server.arrives();
      expect(client.says()).toEqual([]);
    }
    expect(client.own.state).toBe('open');
    // From elsewhere it is no reason to ask.
    dialogue.wait(1_000_000);
    client.takes(forged, 'elsewhere');
    expect(client.says()).toEqual([]);
  });

  it('is shorter than what it answers, so that it ends', () => {
    const { server } = new RudpDialogue();
    server.takes(new Uint8Array(21));
    expect(server.says()).toEqual([]);
    server.takes(new Uint8Array(22));
    expect(server.says()).toEqual(['RESET']);
    expect(server.underWay[0]?.bytes.length).toBe(21);
  });

  it('is sent 100 times a second at most', () => {
    const dialogue = new RudpDialogue();
    const { server } = dialogue;
    const flood = (): number => {
      for (let packet = 0; packet < 500; packet++) server.takes(new Uint8Array(100));
      return server.says().length;
    };
    expect(flood()).toBe(100);
    dialogue.wait(1_000_000);
    expect(flood()).toBe(100);
  });

  it('of somebody else does nothing', () => {
    const dialogue = new RudpDialogue();
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    server.restart();
    client.send('are you still there?');
    client.says();
    client.arrives();
    server.says();
    const reset = server.underWay[0]?.bytes.slice() as Uint8Array;
    (reset[20] as number) ^= 1;
    client.takes(reset);
    expect(client.own.state).toBe('open');
    expect(client.endpoint.counters.unknown).toBe(1);
  });
});

describe('many connections', () => {
  it('are 10,000 of one endpoint, each with its own messages', { timeout: 60_000 }, () => {
    const dialogue = new RudpDialogue({ mostConnections: 10_000 });
    const { client, server } = dialogue;
    const connections = Array.from({ length: 10_001 }, () => client.connect());
    const received: string[] = [];
    for (let round = 0; round < 8; round++) {
      // As many answers to strangers as wait at one time: the others ask again.
      dialogue.wait(250_000);
      client.says();
      const sent = client.underWay;
      client.loses();
      for (const { bytes } of sent) {
        server.takes(bytes);
        server.says();
      }
      server.arrives();
    }
    expect(server.endpoint.connections).toBe(10_000);
    expect(server.endpoint.counters.refused).toBeGreaterThan(0);
    connections.forEach((connection, index) => {
      if (connection.state === 'open') connection.send(new TextEncoder().encode(`${index}`), dialogue.nowUs);
    });
    client.says();
    client.arrives();
    for (
      let active = server.endpoint.pollActive();
      active !== undefined;
      active = server.endpoint.pollActive()
    )
      for (let got = active.pollMessage(); got !== undefined; got = active.pollMessage())
        received.push(new TextDecoder().decode(got.bytes));
    expect(new Set(received).size).toBe(10_000);
  });

  it('each have the parameters of their own peer', () => {
    const parameters = { ...DEFAULT_PARAMETERS, ackDelayMs: 5 };
    const dialogue = new RudpDialogue({ parameters });
    dialogue.open(RTT_US);
    const { client, server } = dialogue;
    client.send('a');
    client.says();
    client.arrives();
    server.says();
    expect(dialogue.waitFor(server)).toBe(5_000);
  });
});
