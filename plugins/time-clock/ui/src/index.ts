export { TicketTimeClock } from "./ticket-time-clock";
