// Shares where the worker is, when they wish it, while they have a route: now and then only.

import {post} from "./queue.js"

const MIN_MS = 60000
const MIN_MOVE_M = 25
const STILL_MS = 300000

class PositionSharing extends EventTarget {
  constructor() {
    super()
    this.watch = null
    this.last = null
    this.here = null
    this.isDenied = false
  }

  key(workerId) { return `moow.share.${workerId}` }

  isOn(workerId) { return localStorage.getItem(this.key(workerId)) === "on" }

  set(workerId, isOn) {
    localStorage.setItem(this.key(workerId), isOn ? "on" : "off")
    this.isDenied = false
    if (isOn) this.start()
    else this.stop()
    this.dispatchEvent(new Event("change"))
  }

  start() {
    if (this.watch !== null || !navigator.geolocation) return
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.#seen(position),
      (problem) => { if (problem.code === 1) this.#denied() },
      {enableHighAccuracy: true, maximumAge: 15000, timeout: 60000},
    )
  }

  stop() {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch)
    this.watch = null
    this.here = null
  }

  #denied() {
    this.isDenied = true
    this.stop()
    this.dispatchEvent(new Event("change"))
  }

  #seen({coords, timestamp}) {
    this.here = [coords.latitude, coords.longitude]
    this.dispatchEvent(new Event("change"))
    const age = this.last ? timestamp - this.last.timestamp : Infinity
    const isDue = age >= STILL_MS || (age >= MIN_MS && moved(this.last, coords) >= MIN_MOVE_M)
    if (!isDue) return
    this.last = {timestamp, latitude: coords.latitude, longitude: coords.longitude}
    // An old position is worth nothing, so one that is not sent is not kept.
    post("/api/positions", {
      happened_at: new Date(timestamp).toISOString(),
      latitude: coords.latitude,
      longitude: coords.longitude,
      accuracy_m: Math.min(coords.accuracy ?? 0, 100000),
    }).catch(() => { this.last = null })
  }
}

function moved(before, after) {
  const north = (after.latitude - before.latitude) * 111320
  const east = (after.longitude - before.longitude) * 111320 * Math.cos((before.latitude * Math.PI) / 180)
  return Math.hypot(north, east)
}

export const sharing = new PositionSharing()
