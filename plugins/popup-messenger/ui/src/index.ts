export { MessagesWidget } from "./messages-widget";
export { MessengerPage } from "./messenger-page";
