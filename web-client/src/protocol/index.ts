export * from "./api";
export type { Channel, ChannelListener } from "./channel";
export * from "./connection";
export { type Kept, ownsSession, SessionMemory } from "./memory";
export type * from "./messages";
export { MAX_TEXT, PROTOCOL } from "./messages";
export { SocketChannel } from "./socket";
