/**
 * The platform has no service worker. One that is registered for this origin was planted, and would sit
 * between every page and the server, in every session: it is removed before anything else happens.
 */
export async function removeForeignWorkers(): Promise<void> {
  try {
    const found = (await navigator.serviceWorker?.getRegistrations()) ?? [];
    await Promise.all(found.map((r) => r.unregister()));
  } catch {
    /* a browser without them, or with storage switched off */
  }
}
