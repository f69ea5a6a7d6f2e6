/** The plugin's own routes, as src/*.c answers them. */
import { pluginApi, useApi, useLive } from "@mortise/sdk";

export interface Conversation {
  id: string;
  userId: string;
  name: string;
  active: boolean;
  last: string | null;
  lastIsMine: boolean | null;
  lastAt: string;
  unread: number;
}

export interface With {
  /** null while nobody has written. */
  id: string | null;
  userId: string;
  name: string;
  active: boolean;
  /** Up to when the other has read. */
  readAt: string | null;
}

export interface Message {
  id: string;
  mine: boolean;
  body: string;
  sentAt: string;
}

export interface Raised {
  conversationId: string;
  byUserId: string;
}

export const plugin = pluginApi("popup-messenger");

/** Who has the messenger open. */
export const HERE = "here";

export function useConversations() {
  const list = useApi<{ items: Conversation[] }>(plugin, "/conversations");
  useLive(plugin, "Message", list.refresh);
  useLive(plugin, "Read", list.refresh);
  return list;
}
