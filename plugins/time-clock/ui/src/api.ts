/** The plugin's own routes, as src/*.c answers them. */
import { api } from "@mortise/sdk";

export interface Entry {
  id: string;
  technicianId: string;
  technicianName: string;
  ticketId: string;
  ticketNumber: number;
  clockInTime: string;
  clockOutTime: string | null;
  totalHours: number;
  status: "active" | "completed";
}

export interface Status {
  technicianId: string;
  technicianName: string;
  /** On the ticket that was asked for. */
  isClockedIn: boolean;
  /** Wherever it is. */
  activeEntry: Entry | null;
  ticketHours: number | null;
  todayHours: number;
}

export interface Summary {
  ticketId: string;
  ticketNumber: number;
  totalHours: number;
  activeCount: number;
  technicians: {
    technicianId: string;
    technicianName: string;
    totalHours: number;
    entries: number;
    isClockedIn: boolean;
  }[];
  /** The newest 200. */
  entries: Entry[];
}

const BASE = "/api/plugins/time-clock";
const part = encodeURIComponent;

export const getStatus = (
  technicianId: string,
  ticketId: string,
  signal: AbortSignal,
) =>
  api.get<Status>(`${BASE}/status/${part(technicianId)}`, {
    query: { ticketId },
    signal,
  });

export const getSummary = (ticketId: string, signal: AbortSignal) =>
  api.get<Summary>(`${BASE}/ticket-summary/${part(ticketId)}`, { signal });

export const clockIn = (technicianId: string, ticketId: string) =>
  api.post<Entry>(`${BASE}/clock-in`, { technicianId, ticketId });

export const clockOut = (technicianId: string, ticketId: string) =>
  api.post<Entry>(`${BASE}/clock-out`, { technicianId, ticketId });
