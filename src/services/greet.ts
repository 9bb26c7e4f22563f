/**
 * The greeting service: says a sentence to each client and closes, without waiting for anything.
 */
import { type Service, textFarewell } from './service.ts';

const GREETING = 'Thank you for connecting';

export const greetService: Service = {
  name: 'greet',
  stream: socket => socket.sendall(GREETING),
  datagram: {
    unfit:
      'greet speaks first, and over UDP a server knows of no client before that has sent something: use tcp:// or unix:',
  },
  farewell: textFarewell,
};
