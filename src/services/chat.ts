/**
 * The chat service: many clients at once, each hears what it said; who says `bye` is let go without an answer.
 */
import { ChatMessages } from './chat-messages.ts';
import { recvUnlessQuiet } from './quiet.ts';
import { type Service, textFarewell } from './service.ts';

const PIECE_BYTES = 65_536;

export const chatService: Service = {
  name: 'chat',
  async stream(socket, conversation) {
    const messages = new ChatMessages();
    for (;;) {
      const piece = messages.isHolding
        ? await recvUnlessQuiet(socket, PIECE_BYTES)
        : await socket.recv(PIECE_BYTES);
      const hasEnded = piece?.length === 0;
      const { echo, bye } = piece === undefined || hasEnded ? messages.settle() : messages.push(piece);
      if (echo.length > 0) await socket.sendall(echo);
      if (bye) conversation.reason = 'said bye';
      if (bye || hasEnded) return;
    }
  },
  datagram: {
    unfit:
      'chat keeps each client until it says bye, and datagrams have no connection to end: use tcp:// or unix:, or `serve echo`',
  },
  farewell: textFarewell,
};
