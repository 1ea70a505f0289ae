// Taps wait here, on the phone, until the server has them. Each has an id made here, so that
// sending one twice changes nothing.

const RETRY_MS = [2000, 4000, 8000, 15000, 30000, 60000]

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID()
  // Only pages on HTTPS or localhost have randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}

export async function post(address, body) {
  return fetch(address, {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15000),
  })
}

export class ActionQueue extends EventTarget {
  constructor(workerId) {
    super()
    this.key = `moow.queue.${workerId}`
    this.isSending = false
    this.tries = 0
    this.timer = null
    this.isSignedOut = false
    window.addEventListener("online", () => this.flush())
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.flush() })
    window.addEventListener("storage", (event) => { if (event.key === this.key) this.#tell() })
  }

  /** Taps the server does not have yet, oldest first. */
  get waiting() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]")
    } catch {
      return []
    }
  }

  add(kind, stopId, extra = {}) {
    const action = {
      action_id: newId(), kind, stop_id: stopId, happened_at: new Date().toISOString(), ...extra,
    }
    this.#keep([...this.waiting, action])
    this.flush()
    return action
  }

  /** Send all that waits, in order; what cannot be sent stays and is tried again. */
  async flush() {
    if (this.isSending || this.waiting.length === 0) return
    this.isSending = true
    clearTimeout(this.timer)
    try {
      // Two tabs of one phone take turns.
      if (navigator.locks) await navigator.locks.request(this.key, () => this.#sendAll())
      else await this.#sendAll()
    } finally {
      this.isSending = false
      this.#tell()
    }
  }

  async #sendAll() {
    while (this.waiting.length > 0) {
      const action = this.waiting[0]
      let answer
      try {
        answer = await post("/api/actions", action)
      } catch {
        return this.#later()
      }
      if (answer.status === 401) {
        this.isSignedOut = true
        this.#tell()
        return undefined
      }
      if (answer.status === 429 || answer.status >= 500) return this.#later()
      this.tries = 0
      this.isSignedOut = false
      const content = await answer.json().catch(() => ({}))
      this.#keep(this.waiting.filter((other) => other.action_id !== action.action_id),
        {action, isAccepted: answer.ok, sentence: content.error})
    }
    return undefined
  }

  #later() {
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)]
    this.tries += 1
    this.timer = setTimeout(() => this.flush(), wait)
    this.#tell()
  }

  #keep(actions, settled = null) {
    localStorage.setItem(this.key, JSON.stringify(actions))
    if (settled) this.dispatchEvent(new CustomEvent("settled", {detail: settled}))
    this.#tell()
  }

  #tell() {
    this.dispatchEvent(new Event("change"))
  }
}
