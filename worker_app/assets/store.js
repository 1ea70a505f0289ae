// The route as the worker sees it: what the server last said, with the taps that it does not
// have yet laid over it. One store a page; all views listen to it.

import {ActionQueue} from "./queue.js"

const LAST = "moow.last"
const REFRESH_MS = 30000
const AFTER = {begin: "begun", done: "done", problem: "problem"}

class Store extends EventTarget {
  constructor() {
    super()
    this.snapshot = null
    this.queue = null
    this.selectedId = null
    this.isReachable = navigator.onLine
    this.sent = []
    this.wasBehind = false
    this.tag = null
  }

  /** Take a snapshot from the page, the network or the phone; an older one is ignored. */
  accept(snapshot, {keep = true, replaces = []} = {}) {
    if (!snapshot?.worker) return
    if (this.snapshot && snapshot.read_at < this.snapshot.read_at) return
    if (this.snapshot?.route && snapshot.route && this.snapshot.route.route_id !== snapshot.route.route_id) {
      this.selectedId = null
      this.dispatchEvent(new Event("replanned"))
    }
    this.snapshot = snapshot
    this.sent = this.sent.filter((action) => !replaces.includes(action))
    if (keep) localStorage.setItem(LAST, JSON.stringify(snapshot))
    if (!this.queue) this.#start(snapshot.worker.worker_id)
    this.#tell()
  }

  /** Show what the phone remembers, for a start without network. */
  remember() {
    try {
      this.accept(JSON.parse(localStorage.getItem(LAST)), {keep: false})
    } catch {
      // Nothing usable is remembered: the page says that there is no route.
    }
  }

  #start(workerId) {
    this.queue = new ActionQueue(workerId)
    this.queue.addEventListener("change", () => this.#tell())
    this.queue.addEventListener("settled", (event) => this.#settle(event.detail))
    for (const name of ["online", "offline"]) {
      window.addEventListener(name, () => { this.#reach(navigator.onLine); this.refresh() })
    }
    document.addEventListener("visibilitychange", () => this.refresh())
    setInterval(() => this.refresh(), REFRESH_MS)
    this.queue.flush()
  }

  #settle({action, isAccepted, sentence}) {
    if (isAccepted) this.sent.push(action)
    else this.dispatchEvent(new CustomEvent("refused", {detail: sentence}))
    if (this.wasBehind && this.waiting.length === 0) {
      this.wasBehind = false
      this.dispatchEvent(new Event("caught-up"))
    }
    this.#reach(true)
    this.refresh()
  }

  async refresh() {
    if (document.hidden) return
    const replaces = [...this.sent]
    let answer
    try {
      const headers = this.tag && replaces.length === 0 ? {"If-None-Match": this.tag} : {}
      answer = await fetch("/api/route", {headers, cache: "no-store", signal: AbortSignal.timeout(10000)})
    } catch {
      this.#reach(false)
      return
    }
    this.#reach(true)
    if (answer.status === 401) this.queue.isSignedOut = true
    if (answer.ok) {
      this.tag = answer.headers.get("ETag")
      this.accept(await answer.json(), {replaces})
    }
    this.#tell()
  }

  #reach(isReachable) {
    if (this.isReachable === isReachable) return
    this.isReachable = isReachable
    if (!isReachable && this.waiting.length > 0) this.wasBehind = true
    this.#tell()
  }

  get texts() { return this.snapshot.texts }

  get waiting() { return this.queue?.waiting ?? [] }

  /** The stops, each with the status that the taps on this phone give it. */
  get stops() {
    const taps = [...this.sent, ...this.waiting]
    return (this.snapshot?.route?.stops ?? []).map((stop) => {
      let {status} = stop
      for (const tap of taps) {
        if (tap.stop_id === stop.stop_id && !(tap.kind === "begin" && status !== "planned")) status = AFTER[tap.kind]
      }
      const isWaiting = this.waiting.some((tap) => tap.stop_id === stop.stop_id)
      return {...stop, status, isWaiting}
    })
  }

  get next() {
    const stops = this.stops
    return stops.find((stop) => stop.status === "begun") ?? stops.find((stop) => stop.status === "planned") ?? null
  }

  /** The stop on the card: the one the worker chose to look at, else the next. */
  get shown() {
    return this.stops.find((stop) => stop.stop_id === this.selectedId) ?? this.next
  }

  get doneCount() { return this.stops.filter((stop) => stop.status === "done").length }

  get problemCount() { return this.stops.filter((stop) => stop.status === "problem").length }

  select(stopId) {
    this.selectedId = stopId
    this.#tell()
  }

  tap(kind, stop, extra = {}) {
    if (!navigator.onLine || !this.isReachable) this.wasBehind = true
    this.queue.add(kind, stop.stop_id, extra)
    if (kind !== "begin") this.selectedId = null
    this.#tell()
  }

  #tell() {
    this.dispatchEvent(new Event("change"))
  }
}

export const store = new Store()
