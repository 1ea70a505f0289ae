// Keeps the app's files on the phone, and shows the last route when there is no network.
// Nothing personal is kept here: routes lie in localStorage and go away with the sign-out.

const CACHE = "moow-1"
const SHELL = [
  "/offline", "/assets/app.css", "/assets/dom.js", "/assets/header.js", "/assets/queue.js", "/assets/store.js",
  "/assets/position.js", "/assets/next_stop.js", "/assets/route_map.js", "/assets/stop_list.js", "/assets/map.js",
  "/assets/offline_page.js", "/assets/icon.svg", "/assets/leaflet/leaflet.js", "/assets/leaflet/leaflet.css",
]
const PATIENCE_MS = 6000

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()))
})

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name)
    await self.clients.claim()
  })())
})

self.addEventListener("fetch", (event) => {
  const {request} = event
  const address = new URL(request.url)
  if (request.method !== "GET" || address.origin !== location.origin) return
  if (request.mode === "navigate" && address.pathname === "/") event.respondWith(page(request))
  else if (address.pathname.startsWith("/assets/")) event.respondWith(freshOrKept(request))
  else if (address.pathname.startsWith("/static/")) event.respondWith(address.searchParams.has("v") ? keptOrFresh(request) : freshOrKept(request))
})

async function page(request) {
  try {
    const answer = await fetch(request, {signal: AbortSignal.timeout(PATIENCE_MS)})
    if (answer.status < 500) return answer
  } catch {
    // No network, or too slow to wait for in the sun.
  }
  return caches.match("/offline")
}

// Our own files may change with any release: the network first, the kept copy when it fails.
async function freshOrKept(request) {
  const cache = await caches.open(CACHE)
  try {
    const answer = await fetch(request, {signal: AbortSignal.timeout(PATIENCE_MS)})
    if (answer.ok) await cache.put(request, answer.clone())
    return answer
  } catch {
    return (await cache.match(request, {ignoreSearch: true})) ?? Response.error()
  }
}

// Panel's and Bokeh's files carry their version in the address.
async function keptOrFresh(request) {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await cache.put(request, answer.clone())
  return answer
}
