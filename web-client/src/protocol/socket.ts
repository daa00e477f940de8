import { io, type Socket } from "socket.io-client";
import type { Channel, ChannelListener } from "./channel";

/** When the server cut the line, Socket.IO would not come back by itself; we do, after this long. */
const RETURN_MS = 1_000;

/** The only file that knows Socket.IO: JSON text in one event each way, `command` up and `event` down. */
export class SocketChannel implements Channel {
  private readonly socket: Socket;
  private returning: ReturnType<typeof setTimeout> | undefined;

  constructor(origin?: string) {
    const options = {
      path: "/socket.io",
      transports: ["websocket", "polling"],
      tryAllTransports: true, // a proxy that breaks WebSocket still lets long polling through
      autoConnect: false,
      reconnectionDelay: 250,
      reconnectionDelayMax: 3_000,
      timeout: 8_000,
    };
    this.socket = origin === undefined ? io(options) : io(origin, options);
  }

  open(listener: ChannelListener): void {
    this.socket.on("connect", () => listener.up());
    this.socket.on("disconnect", reason => {
      listener.down();
      if (reason === "io server disconnect") this.returning = setTimeout(() => this.socket.connect(), RETURN_MS);
    });
    this.socket.on("event", (text: unknown) => listener.text(String(text)));
    this.socket.connect();
  }

  send(text: string): void {
    this.socket.emit("command", text);
  }

  hurry(): void {
    if (!this.socket.connected) this.renew();
  }

  renew(): void {
    this.socket.disconnect().connect();
  }

  close(): void {
    clearTimeout(this.returning);
    this.socket.off();
    this.socket.disconnect();
  }
}
